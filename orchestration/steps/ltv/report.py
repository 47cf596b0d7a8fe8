"""What the step tells the night: counts, fits, gates and totals, without any customer in it."""

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.steps.ltv.gates import Gate

if TYPE_CHECKING:  # scipy, which whoever only needs the columns should not load
    from orchestration.steps.ltv.fit import Fit

# Columns of ltv_fits.parquet and their DuckDB types, in order.
FIT_COLUMNS: dict[str, str] = {
    "model": "varchar",
    "parameter": "varchar",
    "value": "double",
    "log_likelihood": "double",
    "customers_count": "bigint",
    "flags": "varchar",
}

# Columns of ltv_totals.parquet, in order: sums with their 80 % interval.
TOTAL_COLUMNS: dict[str, str] = {
    "segment": "varchar",
    "horizon_days": "integer",
    "customers_count": "bigint",
    "fallback_customers_count": "bigint",
    "expected_orders": "decimal(18, 4)",
    "predicted_revenue": "decimal(18, 2)",
    "model_standard_error": "decimal(18, 2)",
    "backtest_standard_error": "decimal(18, 2)",
    "predicted_revenue_low": "decimal(18, 2)",
    "predicted_revenue_high": "decimal(18, 2)",
    "interval_basis": "varchar",
}
# Columns of ltv_backtests.parquet, in order.
BACKTEST_COLUMNS: dict[str, str] = {
    "origin_date": "date",
    "horizon_days": "bigint",
    "days_back": "bigint",
    "model": "varchar",
    "segment": "varchar",
    "is_chosen": "boolean",
    "customers_count": "bigint",
    "actual_orders": "bigint",
    "expected_orders": "double",
    "actual_to_expected": "double",
    "rmse": "double",
    "mae": "double",
    "rank_correlation": "double",
    "naive_orders": "bigint",
    "naive_rmse": "double",
    "naive_mae": "double",
    "naive_rank_correlation": "double",
}
# Columns of ltv_backtest_deciles.parquet, in order.
DECILE_COLUMNS: dict[str, str] = {
    "origin_date": "date",
    "horizon_days": "bigint",
    "model": "varchar",
    "decile": "bigint",
    "customers_count": "bigint",
    "actual_orders": "bigint",
    "expected_orders": "double",
}


def score_columns(horizons: tuple[int, ...] = (90, 365)) -> dict[str, str]:
    """Columns of ltv_scores.parquet and their DuckDB types, in order."""
    longest = max(horizons)
    return {
        "customer_id": "varchar",
        "method": "varchar",
        "is_fallback": "boolean",
        "fallback_reason": "varchar",
        "probability_alive": "decimal(6, 4)",
        **{f"expected_orders_{days}_days": "decimal(12, 4)" for days in horizons},
        "expected_order_amount": "decimal(18, 2)",
        **{f"predicted_revenue_{days}_days": "decimal(18, 2)" for days in horizons},
        f"predicted_revenue_{longest}_days_low": "decimal(18, 2)",
        f"predicted_revenue_{longest}_days_high": "decimal(18, 2)",
        "next_order_expected_on": "date",
    }


@dataclass(frozen=True)
class FitSummary:
    """One fitted model.

    Standard errors are of the logs of the parameters, so nearly relative errors;
    None where unknown.
    """

    model: str
    parameters: dict[str, float]
    log_standard_errors: dict[str, float | None]
    log_likelihood: float
    customers_count: int
    flags: tuple[str, ...]

    @classmethod
    def of(cls, found: "Fit") -> "FitSummary":
        errors = [
            round(float(e), 4) if e < float("inf") else None for e in found.log_standard_errors
        ]
        return cls(
            found.name,
            dict(
                zip(
                    found.parameter_names, (float(value) for value in found.parameters), strict=True
                )
            ),
            dict(zip(found.parameter_names, errors, strict=True)),
            round(found.log_likelihood, 4),
            found.customers_count,
            found.flags,
        )


@dataclass(frozen=True)
class HorizonTotals:
    """All customers together over one horizon, reporting currency."""

    days: int
    expected_orders: float
    predicted_revenue: Decimal


@dataclass(frozen=True)
class LtvReport:
    """Outcome of `run_ltv`.

    `method` is that of the night: the chosen model, cohort_average,
    insufficient_history, or no_customers.
    backtests: the chosen model's hold-outs over all customers, oldest origin first; deciles: its
    newest over the longest horizon.
    """

    as_of_date: date
    method: str
    reason: str | None
    customers_count: int
    customers_by_method: dict[str, int]
    fallback_customers_by_reason: dict[str, int]
    customers_without_spend: int
    gates: tuple[Gate, ...]
    fits: tuple[FitSummary, ...]
    relative_standard_error: float | None
    backtests: tuple[dict[str, Any], ...]
    deciles: tuple[dict[str, Any], ...]
    totals: tuple[HorizonTotals, ...]
    scores_file: Path
    fits_file: Path

    def as_dict(self) -> dict[str, Any]:
        """For the night's report: JSON types only."""
        plain = asdict(self)
        plain["as_of_date"] = self.as_of_date.isoformat()
        plain["totals"] = [
            {**asdict(t), "predicted_revenue": str(t.predicted_revenue)} for t in self.totals
        ]
        plain["scores_file"], plain["fits_file"] = str(self.scores_file), str(self.fits_file)
        backtests, deciles = (
            [row | {"origin_date": row["origin_date"].isoformat()} for row in rows]
            for rows in (plain.pop("backtests"), plain.pop("deciles"))
        )
        # By the table that they are shown on: rows as a table, single numbers as
        # a line over the nights.
        plain["tables"] = {"ltv_backtests": backtests, "ltv_backtest_deciles": deciles}
        latest = {row["horizon_days"]: row for row in backtests}
        plain["plots"] = {
            "ltv_backtests": {
                f"{measure}, {days} days": row[column]
                for days, row in latest.items()
                for measure, column in (
                    ("actual / expected", "actual_to_expected"),
                    ("RMSE", "rmse"),
                )
            }
        }
        return plain
