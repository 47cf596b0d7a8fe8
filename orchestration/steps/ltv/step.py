"""The step: purchases in, Parquet files out (see `run_ltv`).

Reads through the connection it is given, keeps nothing.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.steps.files import write_parquet
from orchestration.steps.ltv import gates, hold_out_sql, sql, totals_sql
from orchestration.steps.ltv.backtest import Backtests, run_backtests
from orchestration.steps.ltv.cells import Cells
from orchestration.steps.ltv.gamma_gamma import OrderValues
from orchestration.steps.ltv.report import FitSummary, HorizonTotals, LtvReport, score_columns
from orchestration.steps.ltv.score import CANDIDATES, UNTIL_BACKTESTED, Fits, fit_all, score_cells
from orchestration.steps.ltv.tables import backtest_rows, decile_rows, fit_rows, write_rows

SCORES_FILE = "ltv_scores.parquet"
FITS_FILE = "ltv_fits.parquet"
TOTALS_FILE = "ltv_totals.parquet"
BACKTESTS_FILE = "ltv_backtests.parquet"
DECILES_FILE = "ltv_backtest_deciles.parquet"
HISTORIES = "marts.purchase_histories"
PURCHASE_DAYS = "marts.purchase_days"
FIRST_TOUCHES = "marts.first_touches"
TEMPORARY = ("step_histories", "step_cohorts", "step_scores", "step_channels", "step_purchase_days")


def run_ltv(
    con_read: duckdb.DuckDBPyConnection,
    out_folder: Path,
    *,
    as_of_date: date,
    horizons: tuple[int, ...] = (90, 365),
    histories: str = HISTORIES,
) -> LtvReport:
    """Forecast every customer of `histories`, and hold the models out at earlier days;
    write five Parquet files to `out_folder`: `ltv_scores` (one row per customer), `ltv_fits`,
    `ltv_totals`, `ltv_backtests` and `ltv_backtest_deciles`, columns as in `report`.

    as_of_date: the last complete day, to which the ages in `histories` run. horizons: days ahead.
    Hold-outs read marts.purchase_days and marts.first_touches.
    Customers whom no model may judge get the average of their cohort and say so (`is_fallback`,
    `fallback_reason`); there is never a null, a NaN or an infinity in a number. The same histories
    give the same rows. Needs the right to make temporary tables, nothing else.
    Errors: `ValueError` when a customer has several histories.
    """
    if not horizons or min(horizons) < 1:
        raise ValueError(
            f"ltv: horizons {list(horizons)} must be whole days of at least 1;"
            " correct `horizons_days` in clientele.yml"
        )
    horizons = tuple(sorted(set(horizons)))
    try:
        return _run(con_read, out_folder, as_of_date, horizons, histories)
    finally:
        for table in TEMPORARY:
            con_read.execute(f"drop table if exists temp.{table}")


@dataclass(frozen=True)
class _Night:
    """What was decided for all customers: the method, why it is no model (if so),
    the forecasts per cell (none = nobody has one)."""

    method: str
    reason: str | None
    forecasts: pa.Table
    fits: Fits | None = None
    backtests: Backtests = field(default_factory=Backtests)


def _run(
    con: duckdb.DuckDBPyConnection,
    out_folder: Path,
    as_of_date: date,
    horizons: tuple[int, ...],
    histories: str,
) -> LtvReport:
    con.execute(sql.HISTORIES.format(histories=histories))
    counts = _one(con, sql.COUNTS)
    repeated = counts["customers"] - counts["distinct_customers"]
    if repeated:
        raise ValueError(
            f"{histories}: {repeated} rows repeat a customer_id;"
            " it must hold one row per customer: correct its model"
        )
    checked = gates.check(
        gates.HistoryCounts(**{name: counts[name] for name in gates.COUNTED}), as_of_date
    )
    con.execute(hold_out_sql.CHANNELS.format(first_touches=FIRST_TOUCHES))
    con.execute(hold_out_sql.PURCHASE_DAYS.format(purchase_days=PURCHASE_DAYS))
    night = _decide(con, checked, as_of_date, horizons)
    con.execute(sql.COHORTS)
    _score(con, night, as_of_date, horizons)

    columns = ", ".join(score_columns(horizons))
    scores_file = write_parquet(
        con, f"select {columns} from step_scores order by customer_id", out_folder / SCORES_FILE
    )
    fits = tuple(FitSummary.of(found) for found in night.fits.all) if night.fits else ()
    chosen = night.fits.chosen if night.fits else UNTIL_BACKTESTED
    backtests, deciles = backtest_rows(night.backtests, chosen), decile_rows(night.backtests)
    fits_file = write_rows(con, fit_rows(fits), out_folder / FITS_FILE)
    write_rows(con, backtests, out_folder / BACKTESTS_FILE)
    write_rows(con, deciles, out_folder / DECILES_FILE)
    _write_totals(con, night, horizons, out_folder)
    by_method, by_reason, totals = _totals(con, horizons)
    shown = [
        row
        for row in backtests.to_pylist()
        if row["is_chosen"] and row["segment"] == totals_sql.ALL_CUSTOMERS
    ]
    newest = max(
        (row["origin_date"] for row in shown if row["horizon_days"] == max(horizons)), default=None
    )
    return LtvReport(
        as_of_date=as_of_date,
        method=night.method if counts["customers"] else "no_customers",
        reason=night.reason,
        customers_count=counts["customers"],
        customers_by_method=by_method,
        fallback_customers_by_reason=by_reason,
        customers_without_spend=counts["customers_without_spend"],
        gates=tuple(checked),
        fits=fits,
        relative_standard_error=(night.fits.relative_standard_errors or {}).get(max(horizons))
        if night.fits
        else None,
        backtests=tuple(shown),
        deciles=tuple(
            row
            for row in deciles.to_pylist()
            if (row["model"], row["horizon_days"], row["origin_date"])
            == (chosen, max(horizons), newest)
        ),
        totals=totals,
        scores_file=scores_file,
        fits_file=fits_file,
    )


def _decide(
    con: duckdb.DuckDBPyConnection,
    checked: list[gates.Gate],
    as_of_date: date,
    horizons: tuple[int, ...],
) -> _Night:
    """Fit, hold out and forecast when the gates allow it and the models can be trusted."""
    reason = gates.reason(checked)
    if reason:
        return _Night("insufficient_history", reason, _no_forecasts(horizons))
    days = con.execute(sql.CELLS).fetchnumpy()
    cells = Cells.from_days(
        days["repeats"], days["recency_days"], days["age_days"], days["customers"]
    )
    orders = con.execute(sql.REPEAT_ORDERS).fetchnumpy()
    values = OrderValues.of(
        orders["repeats"].astype(np.float64),
        orders["mean_amount"],
        orders["customers"].astype(np.float64),
    )
    fits = fit_all(cells, values)
    backtests = run_backtests(con, fits.purchases, as_of_date, horizons)
    usable = [name for name in CANDIDATES if fits.purchases[name].is_usable]
    fits = fits.choose(backtests.choose(usable), cells, horizons)
    distrust = fits.distrust(is_backtested=bool(backtests.of(fits.chosen))) or backtests.distrust(
        fits.chosen
    )
    if distrust:
        return _Night("cohort_average", distrust, _no_forecasts(horizons), fits, backtests)
    scored = score_cells(fits, cells, horizons)
    forecasts = pa.table(
        {
            "repeats": days["repeats"],
            "recency_days": days["recency_days"],
            "age_days": days["age_days"],
            "probability_alive": scored.probability_alive,
            **{
                f"expected_orders_{horizon}": scored.expected_orders[horizon]
                for horizon in horizons
            },
            **{
                f"expected_squares_{horizon}": scored.expected_squares[horizon]
                for horizon in horizons
            },
            "low": scored.low,
            "high": scored.high,
            "next_order_days": scored.next_order_days,
        }
    )
    return _Night(fits.chosen, None, forecasts.filter(pa.array(scored.is_finite)), fits, backtests)


def _no_forecasts(horizons: tuple[int, ...]) -> pa.Table:
    whole = ("repeats", "recency_days", "age_days", "next_order_days")
    moments = (f"expected_{moment}_{days}" for moment in ("orders", "squares") for days in horizons)
    real = ("probability_alive", *moments, "low", "high")
    return pa.schema(
        [*((name, pa.int64()) for name in whole), *((name, pa.float64()) for name in real)]
    ).empty_table()


def _score(
    con: duckdb.DuckDBPyConnection, night: _Night, as_of_date: date, horizons: tuple[int, ...]
) -> None:
    """Make temp table `step_scores`: forecasts per cell joined to customers,
    the cohort's average for the others."""
    # Without forecasts nobody's value is computed from these: any parameters will do.
    p, q, gamma = (
        (float(value) for value in night.fits.values.parameters)
        if not night.reason and night.fits
        else (1.0, 1.0, 1.0)
    )
    values = {
        "p": p,
        "q": q,
        "gamma": gamma,
        "as_of_date": as_of_date,
        "model": night.method,
        "reason": night.reason,
    }
    values["method"] = night.method if night.reason else "cohort_average"
    con.register("step_cells", night.forecasts)
    try:
        con.execute(sql.scores(horizons), values)
    finally:
        con.unregister("step_cells")


def _write_totals(
    con: duckdb.DuckDBPyConnection, night: _Night, horizons: tuple[int, ...], out_folder: Path
) -> None:
    """Sums with intervals: what the model is unsure of,
    and by how much its past forecasts were off."""
    errors = (night.fits.relative_standard_errors or {}) if night.fits and not night.reason else {}
    rows = {
        "horizon_days": list(horizons),
        "model_error": [errors.get(days) for days in horizons],
        "backtest_error": [
            night.backtests.log_error(night.fits.chosen, days) if night.fits else None
            for days in horizons
        ],
    }
    schema = pa.schema(
        [
            ("horizon_days", pa.int64()),
            ("model_error", pa.float64()),
            ("backtest_error", pa.float64()),
        ]
    )
    con.register("step_errors", pa.table(rows, schema=schema))
    try:
        write_parquet(con, totals_sql.segment_totals(horizons), out_folder / TOTALS_FILE)
    finally:
        con.unregister("step_errors")


def _totals(
    con: duckdb.DuckDBPyConnection, horizons: tuple[int, ...]
) -> tuple[dict[str, int], dict[str, int], tuple[HorizonTotals, ...]]:
    """Customers by method, customers on a fallback by reason, and the sums of all per horizon."""
    rows = con.execute(totals_sql.totals(horizons)).fetchall()
    by_method: Counter[str] = Counter()
    by_reason: Counter[str] = Counter()
    for method, reason, customers, *_ in rows:
        by_method[method] += customers
        if reason is not None:
            by_reason[reason] += customers
    sums = tuple(
        HorizonTotals(
            days,
            round(float(sum((row[3 + 2 * k] for row in rows), Decimal(0))), 4),
            sum((row[4 + 2 * k] for row in rows), Decimal(0)),
        )
        for k, days in enumerate(horizons)
    )
    return dict(by_method), dict(by_reason), sums


def _one(con: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    """The single row of a query, by column name."""
    result = con.execute(query)
    names = [column[0] for column in result.description]
    return dict(zip(names, result.fetchall()[0], strict=True))
