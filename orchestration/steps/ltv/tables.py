"""What was fitted and held out, as rows: one way from Python objects to Parquet.

No mathematics, no decisions.
"""

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.steps.files import write_parquet
from orchestration.steps.ltv.backtest import Backtests
from orchestration.steps.ltv.report import BACKTEST_COLUMNS, DECILE_COLUMNS, FIT_COLUMNS, FitSummary

TYPES = {
    "varchar": pa.string(),
    "double": pa.float64(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}


def fit_rows(fits: tuple[FitSummary, ...]) -> pa.Table:
    """One row per model and parameter; empty and typed when nothing was fitted."""
    return _table(
        FIT_COLUMNS,
        [
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
        ],
    )


def backtest_rows(backtests: Backtests, chosen: str) -> pa.Table:
    """One row per origin, horizon, model and segment, oldest origin first."""
    return _table(
        BACKTEST_COLUMNS,
        [
            {
                "origin_date": found.origin_date,
                "horizon_days": found.horizon_days,
                "days_back": found.days_back,
                "model": found.model,
                "segment": found.segment,
                "is_chosen": found.model == chosen,
                "customers_count": found.forecast.customers,
                "actual_orders": found.forecast.actual,
                "expected_orders": found.forecast.expected,
                "actual_to_expected": round(float(np.exp(found.forecast.log_ratio)), 6),
                "rmse": found.forecast.rmse,
                "mae": found.forecast.mae,
                "rank_correlation": found.forecast.rank_correlation,
                "naive_orders": round(found.naive.expected) if found.naive else None,
                "naive_rmse": found.naive.rmse if found.naive else None,
                "naive_mae": found.naive.mae if found.naive else None,
                "naive_rank_correlation": found.naive.rank_correlation if found.naive else None,
            }
            for found in sorted(
                backtests.hold_outs,
                key=lambda found: (
                    found.horizon_days,
                    found.origin_date,
                    found.model,
                    found.segment,
                ),
            )
        ],
    )


def decile_rows(backtests: Backtests) -> pa.Table:
    """One row per origin, horizon, model and tenth of the expected orders."""
    return _table(
        DECILE_COLUMNS,
        [
            {
                "origin_date": part.origin_date,
                "horizon_days": part.horizon_days,
                "model": part.model,
                "decile": part.decile,
                "customers_count": part.customers,
                "actual_orders": part.actual,
                "expected_orders": part.expected,
            }
            for part in sorted(
                backtests.tenths,
                key=lambda part: (part.horizon_days, part.origin_date, part.model, part.decile),
            )
        ],
    )


def write_rows(con: duckdb.DuckDBPyConnection, rows: pa.Table, path: Path) -> Path:
    """Write rows as they are."""
    con.register("step_rows", rows)
    try:
        return write_parquet(con, "select * from step_rows", path)
    finally:
        con.unregister("step_rows")


def _table(columns: dict[str, str], rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(
        rows, schema=pa.schema([(name, TYPES[kind]) for name, kind in columns.items()])
    )
