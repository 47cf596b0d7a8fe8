"""Every suite fits the tables it guards: columns and types as the models declare them."""

from pathlib import Path

import pytest

from expectations.catalog import guarded_tables
from ingestion.contracts.contract import all_tables, raw_columns
from ingestion.contracts.reading import load_contracts
from orchestration.night.gate_process import GateProcess
from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtRunner
from tests.core.empty_generation import built_on_nothing
from tests.expectations.generations import SOURCES, by_name, generation


@pytest.fixture(scope="module")
def inputs(runner: DbtRunner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every table that the models make and every raw table, each with one row of nulls."""
    nothing, _ = built_on_nothing(runner)
    connection = connect(nothing)
    columns = connection.execute(
        "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns()"
        " where database_name = 'clientele'"
    ).fetchall()
    connection.close()
    tables: dict[str, list[str]] = {}
    for table, column, kind in columns:
        tables.setdefault(table, []).append(f'cast(null as {kind}) as "{column}"')
    raw = {
        f"raw.{table.raw_name}": [
            f'cast(null as {kind}) as "{name}"' for name, kind in raw_columns(table).items()
        ]
        for table in all_tables(load_contracts())
    }
    rows = {name: "select " + ", ".join(nulls) for name, nulls in (tables | raw).items()}
    made, outside = ({name: rows[name] for name in group} for group in (tables, raw))
    return generation(tmp_path_factory.mktemp("generation"), made, outside)


@pytest.mark.parametrize(
    "layer", ["raw", "staging", "identity", "core", "marts", "segments", "sync"]
)
def test_every_guard_can_run(gates: GateProcess, inputs: Path, layer: str) -> None:
    report = gates.check(layer, inputs, sources=SOURCES)
    assert [result for result in report.results if result.status == "errored"] == []
    assert {result.table for result in report.results} == set(guarded_tables(layer))


def test_revenue_must_be_the_same_in_every_mart(gates: GateProcess, tmp_path: Path) -> None:
    orders = """
        select
            'o' || i as order_id,
            'c' || i % 3 as customer_id,
            date '2025-02-01' as placed_date,
            true as is_purchase,
            10.01::decimal(18, 2) as net_revenue
        from range(9) as n(i)
    """
    tables = {
        "core.orders": orders,
        "core.customers": "select 'c' || i as customer_id from range(3) as n(i)",
        "marts.customer_360": """
            select
                'c' || i as customer_id,
                if(i = 0, 30.02, 30.03)::decimal(18, 2) as historic_revenue,
                3 as orders_count,
                'active' as lifecycle_stage,
                true as may_email_marketing,
                false as may_sms_marketing
            from range(3) as n(i)
        """,
    }
    report = gates.check(
        "marts", generation(tmp_path, tables), sources=SOURCES, tables=["customer_360"]
    )
    results = by_name(report.results, "customer_360")
    assert results["customers of core and of the customer record"].status == "passed"
    money = results["revenue of core and of the customer record"]
    assert (money.status, money.observed) == ("failed", "0.01") and report.blocked


def test_a_melted_base_is_stopped(gates: GateProcess, tmp_path: Path) -> None:
    tables = {
        "identity.source_records": "select i as record_id from range(1000) as n(i)",
        "identity.identity_map": (
            "select i as record_id, 'c' || if(i < 300, 0, i) as customer_id"
            " from range(1000) as n(i)"
        ),
        "identity.identity_measures": "select 'records_moved' as measure, 10 as value",
    }
    report = gates.check(
        "identity", generation(tmp_path, tables), sources=SOURCES, tables=["identity_map"]
    )
    results = by_name(report.results, "identity_map")
    assert (
        results["largest customer, records"].status,
        results["largest customer, records"].observed,
    ) == ("failed", "300")
    assert results["share of records merged with others"].observed == "0.3"
    assert results["few records changed customer"].status == "passed"
    assert [result.expectation for result in report.blocking] == ["largest customer, records"]


def test_disputes_whose_money_and_state_differ_are_shown(
    gates: GateProcess, tmp_path: Path
) -> None:
    disputes = """
        select * from (values
            (10, 'won', 10, 10),
            (10, 'won', 10, 0),
            (10, 'lost', 10, 0),
            (10, 'lost', 10, 10),
            (10, 'needs_response', 10, 0)
        ) as t(amount, status, withdrawn_amount, returned_amount)
    """
    inputs = generation(tmp_path, {"staging.stg_stripe__disputes": disputes})
    report = gates.check("staging", inputs, sources=SOURCES, tables=["stg_stripe__disputes"])
    results = by_name(report.results, "stg_stripe__disputes")
    for name in (
        "won disputes whose money did not come back",
        "lost disputes whose money came back",
    ):
        assert (results[name].status, results[name].observed, results[name].severity) == (
            "failed",
            "1",
            "warning",
        ), name


@pytest.mark.parametrize("table", ["contacts", "leads"])
def test_a_record_is_one_in_whichever_length_its_id_is_written(
    gates: GateProcess, tmp_path: Path, table: str
) -> None:
    written = "(values ('0035g00000AbCdE'), ('0035g00000AbCdEAAV'), ('lost')) as t(id)"
    staged = f"staging.stg_salesforce__{table}"
    tables = {
        staged: "select map {} as identifiers, false as is_deleted",
        "staging.stg_salesforce__ids": (
            "select id as written_id, '0035g00000AbCdEAAV' as salesforce_id"
            f" from {written} where id <> 'lost'"
        ),
    }
    for name, status in (("id <> 'lost'", "passed"), ("true", "failed")):
        raw = f"select 'salesforce' as _source, id from {written} where {name}"
        inputs = generation(tmp_path / status, tables, {f"raw.salesforce_{table}": raw})
        report = gates.check("staging", inputs, sources=SOURCES, tables=[staged.split(".")[1]])
        found = by_name(report.results, f"stg_salesforce__{table}")
        assert found[f"{table} of raw and of staging"].status == status
