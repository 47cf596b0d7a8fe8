"""Every suite fits the tables it guards: columns and types as the models declare them."""

from functools import cache
from pathlib import Path

import pytest
import yaml

from expectations.catalog import guarded_tables
from expectations.client import GateProcess
from ingestion.contracts import all_tables, load_contracts, raw_columns
from tests.expectations.generations import SOURCES, by_name, generation

PROJECT = Path(__file__).parents[2]
# Layers without contracts: the columns that their suites read.
UNDECLARED = {
    "staging.stg_shopify__orders": "order_id varchar, placed_at timestamp, gross_amount decimal(18,3)",
    "staging.stg_shopify__customers": "record_id varchar, identifiers map(varchar, varchar)",
    "staging.stg_shopify__transactions": "amount decimal(18,3)",
    "staging.stg_shopify__refunds": "amount decimal(18,3)",
    "staging.stg_shopify__checkouts": "total_amount decimal(18,3)",
    "staging.stg_shopify__order_lines": "quantity integer, unit_amount decimal(18,3)",
    "staging.stg_cdnow__order_lines": "quantity integer, unit_amount decimal(18,3)",
    "staging.stg_stripe__charges": "amount decimal(18,3), captured_amount decimal(18,3)",
    "staging.stg_stripe__refunds": "amount decimal(18,3)",
    "staging.stg_stripe__disputes": "amount decimal(18,3), status varchar, withdrawn_amount decimal(18,3), returned_amount decimal(18,3)",
    "staging.stg_stripe__customers": "identifiers map(varchar, varchar)",
    "staging.stg_shopify__products": "product_id varchar",
    "staging.stg_shopify__variants": "price_amount decimal(18,3)",
    "staging.stg_web__events": "is_future boolean, anonymous_id varchar, user_id varchar",
    "staging.stg_consent__records": "contact_point varchar",
    "staging.stg_hubspot__contacts": "identifiers map(varchar, varchar), is_archived boolean",
    "staging.stg_hubspot__deals": "amount decimal(18,3)",
    "staging.stg_hubspot__deal_contacts": "deal_id varchar",
    "staging.stg_cdnow__orders": "gross_amount decimal(18,3)",
    "staging.stg_cdnow__payments": "amount decimal(18,3)",
    "staging.stg_google_ads__campaign_days": "cost_amount decimal(18,6)",
    "staging.stg_meta_ads__campaign_days": "cost_amount decimal(18,6), spend_date date, last_date date",
    "identity.source_records": "record_id varchar, source_name varchar, identifiers map(varchar, varchar)",
    "identity.identifiers": "record_id varchar, identifier_type varchar, rejection_reason varchar",
    "identity.identity_map": "record_id varchar, customer_id varchar",
    "identity.identity_measures": "measure varchar, value bigint",
    "identity.identity_aliases": "alias_customer_id varchar, customer_id varchar",
    "seeds.currencies": "currency_code varchar",
}


@cache
def _tables() -> dict[str, str]:
    """Query per table: one row of nulls, typed."""
    found = dict(UNDECLARED)
    for layer in ("core", "marts", "segments", "sync"):
        for file in (PROJECT / "dbt_project" / "models" / layer).glob("*__models.yml"):
            for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]:
                found[f"{layer}.{model['name']}"] = ", ".join(f"{column['name']} {column['data_type']}" for column in model["columns"])
    return {name: _row(columns) for name, columns in found.items()}


def _row(columns: str) -> str:
    pairs = [column.strip().split(" ", 1) for column in _split(columns)]
    return "select " + ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in pairs)


def _split(columns: str) -> list[str]:
    """Split at commas that stand in no bracket."""
    parts, depth = [""], 0
    for letter in columns:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    raw = {
        f"raw.{table.raw_name}": "select " + ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in raw_columns(table).items())
        for table in all_tables(load_contracts())
    }
    return generation(tmp_path_factory.mktemp("generation"), _tables(), raw)


@pytest.mark.parametrize("layer", ["raw", "staging", "identity", "core", "marts", "segments", "sync"])
def test_every_guard_can_run(gates: GateProcess, inputs: Path, layer: str) -> None:
    report = gates.check(layer, inputs, sources=SOURCES)
    assert [result for result in report.results if result.status == "errored"] == []
    assert {result.table for result in report.results} == set(guarded_tables(layer))


def test_revenue_must_be_the_same_in_every_mart(gates: GateProcess, tmp_path: Path) -> None:
    orders = """
        select 'o' || i as order_id, 'c' || i % 3 as customer_id, date '2025-02-01' as placed_date, true as is_revenue,
            10.01::decimal(18, 2) as net_revenue
        from range(9) as n(i)
    """
    tables = {
        "core.orders": orders,
        "core.customers": "select 'c' || i as customer_id from range(3) as n(i)",
        "marts.customer_360": """
            select 'c' || i as customer_id, if(i = 0, 30.02, 30.03)::decimal(18, 2) as historic_revenue, 3 as orders_count,
                'active' as lifecycle_stage, true as may_email_marketing, false as may_sms_marketing
            from range(3) as n(i)
        """,
    }
    report = gates.check("marts", generation(tmp_path, tables), sources=SOURCES, tables=["customer_360"])
    results = by_name(report.results, "customer_360")
    assert results["customers of core and of the customer record"].status == "passed"
    money = results["revenue of core and of the customer record"]
    assert (money.status, money.observed) == ("failed", "0.01") and report.blocked


def test_a_melted_base_is_stopped(gates: GateProcess, tmp_path: Path) -> None:
    tables = {
        "identity.source_records": "select i as record_id from range(1000) as n(i)",
        "identity.identity_map": "select i as record_id, 'c' || if(i < 300, 0, i) as customer_id from range(1000) as n(i)",
        "identity.identity_measures": "select 'records_moved' as measure, 10 as value",
    }
    report = gates.check("identity", generation(tmp_path, tables), sources=SOURCES, tables=["identity_map"])
    results = by_name(report.results, "identity_map")
    assert (results["largest customer, records"].status, results["largest customer, records"].observed) == ("failed", "300")
    assert results["share of records merged with others"].observed == "0.3"
    assert results["few records changed customer"].status == "passed"
    assert [result.expectation for result in report.blocking] == ["largest customer, records"]


def test_a_report_that_sums_up_its_days_is_stopped(gates: GateProcess, tmp_path: Path) -> None:
    days = """
        select 1.5 as cost_amount, date '2025-02-01' as spend_date, date '2025-02-01' + (i % 9 = 8)::int as last_date from range(18) as n(i)
    """
    inputs = generation(tmp_path, {"staging.stg_meta_ads__campaign_days": days})
    report = gates.check("staging", inputs, sources=SOURCES, tables=["stg_meta_ads__campaign_days"])
    result = by_name(report.results, "stg_meta_ads__campaign_days")["rows of more than one day"]
    assert (result.status, result.observed) == ("failed", "2") and report.blocked


def test_disputes_whose_money_and_state_differ_are_shown(gates: GateProcess, tmp_path: Path) -> None:
    disputes = """
        select * from (values
            (10, 'won', 10, 10), (10, 'won', 10, 0), (10, 'lost', 10, 0), (10, 'lost', 10, 10), (10, 'needs_response', 10, 0)
        ) as t(amount, status, withdrawn_amount, returned_amount)
    """
    inputs = generation(tmp_path, {"staging.stg_stripe__disputes": disputes})
    report = gates.check("staging", inputs, sources=SOURCES, tables=["stg_stripe__disputes"])
    results = by_name(report.results, "stg_stripe__disputes")
    for name in ("won disputes whose money did not come back", "lost disputes whose money came back"):
        assert (results[name].status, results[name].observed, results[name].severity) == ("failed", "1", "warning"), name
