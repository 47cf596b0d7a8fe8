"""Every gate can be asked: the measures of each table make one query,
which gives one row, of no rows too."""

import pytest

from expectations.catalog import Catalog
from expectations.guard import MEASURE, GateContext, SourceState
from ingestion.contracts.reading import load_contracts
from ingestion.layers import PATH
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtRunner
from tests.core.empty_generation import built_on_nothing


@pytest.mark.parametrize("layer", PATH)
def test_the_measures_of_a_table_are_one_row(layer: str, runner: DbtRunner) -> None:
    """A measure that is no aggregate would give a row per row of its table,
    and the gate an error instead of an answer."""
    inputs, _ = built_on_nothing(runner)
    connection = connect(inputs)
    relations = frozenset(
        f"{schema}.{table}"
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            " union select schema_name, view_name from duckdb_views()"
        ).fetchall()
    )
    catalog, enabled = Catalog(), {source: SourceState(enabled=True) for source in load_contracts()}
    rows = {}
    for table in catalog.tables(layer):
        gate = GateContext(
            *(layer, table, inputs.as_of, inputs.as_of_date, 1, enabled),
            relations=relations,
            feeds=catalog.feeds,
        )
        measures = [
            guard.arguments["expression"]
            for guard in catalog.suite(gate).guards
            if guard.expectation == MEASURE
        ]
        if measures:
            rows[table] = len(
                connection.execute(f"select {', '.join(measures)} from {layer}.{table}").fetchall()
            )
    connection.close()
    assert {table: count for table, count in rows.items() if count != 1} == {}
