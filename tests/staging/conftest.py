"""Staging on small raw tables: rows as mappings, everything that is not said is null,
one dbt build for all tests."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from declared_sources import declared_relations

from ingestion.contracts.contract import all_tables, raw_columns
from ingestion.contracts.reading import load_contracts
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtRunner
from orchestration.warehouse.inputs import Inputs, Relation
from tests.staging.raw_rows import RAW

CURRENCIES = {"reporting_currency": "EUR", "shop_currency": "EUR"}
AS_OF = datetime(2024, 6, 1, 22)
Rows = list[Mapping[str, Any]]


def write_raw(folder: Path, tables: Mapping[str, Rows]) -> dict[str, Relation]:
    """Parquet files as the loader writes them, in the order given:
    `_arrival` and `_line_number` count up unless they are said."""
    relations = {}
    with duckdb.connect() as connection:
        for table in all_tables(load_contracts()):
            columns = raw_columns(table)
            relations[f"raw.{table.raw_name}"] = Relation(columns)
            rows = tables.get(table.raw_name)
            if not rows:
                continue
            declared = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            connection.execute(f"create or replace table rows ({declared})")
            for number, row in enumerate(rows, 1):
                full = {
                    "_arrival": number,
                    "_line_number": 1,
                    "_loaded_at": AS_OF,
                    "_file_id": "f",
                    **row,
                }
                names = ", ".join(f'"{name}"' for name in full)
                marks = ", ".join("?" for _ in full)
                connection.execute(
                    f"insert into rows ({names}) values ({marks})", list(full.values())
                )
            path = folder / f"{table.raw_name}.parquet"
            connection.execute(f"copy rows to '{path}' (format parquet)")
            relations[f"raw.{table.raw_name}"] = Relation(columns, (str(path),))
    return relations


@pytest.fixture(scope="session")
def stage(
    runner: DbtRunner, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Mapping[str, Rows]], duckdb.DuckDBPyConnection]:
    """Build staging with its tests on raw rows; returns a connection to the result.

    Asserts that no test failed.
    """

    def build(tables: Mapping[str, Rows]) -> duckdb.DuckDBPyConnection:
        folder = tmp_path_factory.mktemp("staging")
        key = folder / "key"
        key.write_text("a secret of the tests")
        relations = write_raw(folder, tables)
        overrides = {
            "override_id": "bigint",
            "rule": "varchar",
            "left_record_id": "varchar",
            "right_record_id": "varchar",
        }
        relations |= declared_relations(folder)
        relations["control.identity_overrides"] = Relation(overrides)
        variables = {"shop_time_zone": "Pacific/Auckland", **CURRENCIES, "gross_margin": "0.4"}
        inputs = Inputs(
            "test", AS_OF, AS_OF.date(), folder / "generation.duckdb", key, variables, relations
        )
        result = runner.build(
            inputs.save(folder / "inputs.json"),
            ["path:seeds", "path:models/staging", "path:tests/staging"],
            target="staging",
        )
        assert result.succeeded, result.messages
        return connect(inputs)

    return build


@pytest.fixture(scope="session")
def staging(
    stage: Callable[[Mapping[str, Rows]], duckdb.DuckDBPyConnection],
) -> duckdb.DuckDBPyConnection:
    """Staging on the rows of `raw_rows.py`, built once for all files."""
    return stage(RAW)
