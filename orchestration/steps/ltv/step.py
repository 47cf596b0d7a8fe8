"""The step: purchase histories in, two Parquet files out (see `run_ltv`). Reads through the connection it is given, keeps nothing."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.steps.files import write_parquet
from orchestration.steps.ltv import gates, sql
from orchestration.steps.ltv.cells import Cells
from orchestration.steps.ltv.gamma_gamma import OrderValues
from orchestration.steps.ltv.report import FIT_COLUMNS, FitSummary, HorizonTotals, LtvReport, score_columns
from orchestration.steps.ltv.score import Fits, fit_all, score_cells

SCORES_FILE = "ltv_scores.parquet"
FITS_FILE = "ltv_fits.parquet"
HISTORIES = "marts.purchase_histories"
FIT_TYPES = {"varchar": pa.string(), "double": pa.float64(), "bigint": pa.int64()}
TEMPORARY = ("step_histories", "step_cohorts", "step_scores")


def run_ltv(
    con_read: duckdb.DuckDBPyConnection,
    out_folder: Path,
    *,
    as_of_date: date,
    horizons: tuple[int, ...] = (90, 365),
    histories: str = HISTORIES,
) -> LtvReport:
    """Forecast every customer of `histories`; write `ltv_scores.parquet` (one row per customer) and `ltv_fits.parquet` to `out_folder`.

    as_of_date: the last complete day, to which the ages in `histories` run. horizons: days ahead. Columns: `score_columns`, `FIT_COLUMNS`.
    Customers whom no model may judge get the average of their cohort and say so (`is_fallback`, `fallback_reason`); there is never a null,
    a NaN or an infinity in a number. The same histories give the same rows. Needs the right to make temporary tables, nothing else.
    Errors: `ValueError` when a customer has several histories.
    """
    if not horizons or min(horizons) < 1:
        raise ValueError(f"ltv: horizons {list(horizons)} must be whole days of at least 1; correct `horizons_days` in clientele.yml")
    horizons = tuple(sorted(set(horizons)))
    try:
        return _run(con_read, out_folder, as_of_date, horizons, histories)
    finally:
        for table in TEMPORARY:
            con_read.execute(f"drop table if exists temp.{table}")


@dataclass(frozen=True)
class _Night:
    """What was decided for all customers: the method, why it is not bg_nbd (if so), and the forecasts per cell (none = nobody has one)."""

    method: str
    reason: str | None
    fits: Fits | None
    forecasts: pa.Table


def _run(con: duckdb.DuckDBPyConnection, out_folder: Path, as_of_date: date, horizons: tuple[int, ...], histories: str) -> LtvReport:
    con.execute(sql.HISTORIES.format(histories=histories))
    counts = _one(con, sql.COUNTS)
    repeated = counts["customers"] - counts["distinct_customers"]
    if repeated:
        raise ValueError(f"{histories}: {repeated} rows repeat a customer_id; it must hold one row per customer: correct its model")
    checked = gates.check(gates.HistoryCounts(**{name: counts[name] for name in gates.COUNTED}), as_of_date)
    night = _decide(con, checked, horizons)
    con.execute(sql.COHORTS)
    _score(con, night, as_of_date, horizons)

    columns = ", ".join(score_columns(horizons))
    scores_file = write_parquet(con, f"select {columns} from step_scores order by customer_id", out_folder / SCORES_FILE)
    fits = tuple(FitSummary.of(found) for found in night.fits.all) if night.fits else ()
    con.register("step_fits", _fit_rows(fits))
    fits_file = write_parquet(con, "select * from step_fits", out_folder / FITS_FILE)
    con.unregister("step_fits")
    by_method, by_reason, totals = _totals(con, horizons)
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
        relative_standard_error=night.fits.relative_standard_error if night.fits else None,
        totals=totals,
        scores_file=scores_file,
        fits_file=fits_file,
    )


def _decide(con: duckdb.DuckDBPyConnection, checked: list[gates.Gate], horizons: tuple[int, ...]) -> _Night:
    """Fit and forecast when the gates allow it and the fits can be trusted."""
    reason = gates.reason(checked)
    if reason:
        return _Night("insufficient_history", reason, None, _no_forecasts(horizons))
    days = con.execute(sql.CELLS).fetchnumpy()
    cells = Cells.from_days(days["repeats"], days["recency_days"], days["age_days"], days["customers"])
    orders = con.execute(sql.REPEAT_ORDERS).fetchnumpy()
    values = OrderValues.of(orders["repeats"].astype(np.float64), orders["mean_amount"], orders["customers"].astype(np.float64))
    fits = fit_all(cells, values, max(horizons))
    if fits.distrust:
        return _Night("cohort_average", fits.distrust, fits, _no_forecasts(horizons))
    scored = score_cells(fits, cells, horizons)
    forecasts = pa.table(
        {
            "repeats": days["repeats"],
            "recency_days": days["recency_days"],
            "age_days": days["age_days"],
            "probability_alive": scored.probability_alive,
            **{f"expected_orders_{horizon}": scored.expected_orders[horizon] for horizon in horizons},
            "low": scored.low,
            "high": scored.high,
            "next_order_days": scored.next_order_days,
        }
    )
    return _Night("bg_nbd", None, fits, forecasts.filter(pa.array(scored.is_finite)))


def _no_forecasts(horizons: tuple[int, ...]) -> pa.Table:
    whole = ("repeats", "recency_days", "age_days", "next_order_days")
    real = ("probability_alive", *(f"expected_orders_{days}" for days in horizons), "low", "high")
    return pa.schema([*((name, pa.int64()) for name in whole), *((name, pa.float64()) for name in real)]).empty_table()


def _score(con: duckdb.DuckDBPyConnection, night: _Night, as_of_date: date, horizons: tuple[int, ...]) -> None:
    """Make temp table `step_scores`: forecasts per cell joined to customers, the cohort's average for the others."""
    # Without forecasts nobody's value is computed from these: any parameters will do.
    p, q, gamma = (float(value) for value in night.fits.values.parameters) if not night.reason and night.fits else (1.0, 1.0, 1.0)
    method = "cohort_average" if night.method == "bg_nbd" else night.method
    values = {"p": p, "q": q, "gamma": gamma, "as_of_date": as_of_date, "method": method, "reason": night.reason}
    con.register("step_cells", night.forecasts)
    try:
        con.execute(sql.scores(horizons), values)
    finally:
        con.unregister("step_cells")


def _fit_rows(fits: tuple[FitSummary, ...]) -> pa.Table:
    """One row per model and parameter; empty and typed when nothing was fitted."""
    schema = pa.schema([(name, FIT_TYPES[kind]) for name, kind in FIT_COLUMNS.items()])
    rows = [
        {
            "model": found.model,
            "parameter": parameter,
            "value": value,
            "log_likelihood": found.log_likelihood,
            "customers_count": found.customers_count,
            "flags": ", ".join(found.flags),
        }
        for found in fits
        for parameter, value in found.parameters.items()
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def _totals(con: duckdb.DuckDBPyConnection, horizons: tuple[int, ...]) -> tuple[dict[str, int], dict[str, int], tuple[HorizonTotals, ...]]:
    """Customers by method, customers on a fallback by reason, and the sums of all per horizon."""
    rows = con.execute(sql.totals(horizons)).fetchall()
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
