"""The steps by name: how the night calls each one, and the columns of what each one writes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from orchestration.layers import STEP_TABLES
from orchestration.steps.ltv.report import (
    BACKTEST_COLUMNS,
    DECILE_COLUMNS,
    FIT_COLUMNS,
    TOTAL_COLUMNS,
    score_columns,
)
from orchestration.steps.match.columns import MATCH_COLUMNS, REFUSAL_COLUMNS
from orchestration.warehouse.inputs import Inputs

# Columns of every table that a step writes, with DuckDB types: dbt's source('steps', …) has them
# even when nothing was written.
STEP_COLUMNS: dict[str, dict[str, str]] = {
    "phones": {
        "raw_phone": "varchar",
        "country_code": "varchar",
        "is_stated": "boolean",
        "e164": "varchar",
    },
    "addresses": {
        "raw_address": "varchar",
        "address": "varchar",
        "readings_count": "integer",
    },
    "name_matches": MATCH_COLUMNS,
    "name_match_refusals": REFUSAL_COLUMNS,
    "ltv_scores": score_columns(),
    "ltv_fits": dict(FIT_COLUMNS),
    "ltv_totals": dict(TOTAL_COLUMNS),
    "ltv_backtests": dict(BACKTEST_COLUMNS),
    "ltv_backtest_deciles": dict(DECILE_COLUMNS),
}


def run_step(
    name: str, connection: duckdb.DuckDBPyConnection, folder: Path, inputs: Inputs, derived: Path
) -> dict[str, Any]:
    """Run one step on a read connection; writes its tables to `folder` as Parquet.

    Returns its report (counts only) with `rows` per table. `derived`: a folder for caches that
    are safe to delete.
    """
    report = _STEPS[name](connection, folder, inputs, derived)
    return {
        **report,
        "rows": {
            table: pq.read_metadata(folder / f"{table}.parquet").num_rows
            for table in STEP_TABLES[name]
        },
    }


def _phones(
    connection: duckdb.DuckDBPyConnection, folder: Path, inputs: Inputs, derived: Path
) -> dict[str, Any]:
    from orchestration.steps.phones.step import run_phones

    derived.mkdir(parents=True, exist_ok=True)
    return run_phones(connection, folder, derived=derived).as_dict()


def _addresses(
    connection: duckdb.DuckDBPyConnection, folder: Path, inputs: Inputs, derived: Path
) -> dict[str, Any]:
    from orchestration.steps.addresses.step import run_addresses

    return run_addresses(connection, folder).as_dict()


def _match(
    connection: duckdb.DuckDBPyConnection, folder: Path, inputs: Inputs, derived: Path
) -> dict[str, Any]:
    from orchestration.steps.match.columns import THRESHOLD
    from orchestration.steps.match.step import run_match

    sources = tuple(filter(None, inputs.variables.get("match_sources", "").split(",")))
    threshold = float(inputs.variables.get("match_threshold", THRESHOLD))
    return run_match(
        connection, folder, sources=sources, threshold=threshold, limits=inputs.limits
    ).as_dict()


def _ltv(
    connection: duckdb.DuckDBPyConnection, folder: Path, inputs: Inputs, derived: Path
) -> dict[str, Any]:
    from orchestration.steps.ltv.step import run_ltv

    return run_ltv(connection, folder, as_of_date=inputs.as_of_date).as_dict()


_STEPS: dict[str, Callable[[duckdb.DuckDBPyConnection, Path, Inputs, Path], dict[str, Any]]] = {
    "phones": _phones,
    "addresses": _addresses,
    "match": _match,
    "ltv": _ltv,
}
