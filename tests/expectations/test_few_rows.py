"""What few rows show is chance and stops nobody; what many show is judged by the owner's limits."""

from pathlib import Path
from typing import Any

import pytest

from orchestration.night.gate_process import GateProcess
from tests.expectations.generations import SOURCES, by_name, generation

# Table → (its other tables, a query of {n} rows that break the bound, the guard, the setting).
BOUNDS = {
    "raw.consent_records": (
        "select 'granted' as state, i as record_id, 1 as _arrival",
        "decisions that are grants",
        {"most_granted_share": 1},
    ),
    "core.consents": (
        "select true as is_granted, 'email' as channel, 1 as decisions_count",
        "consents that are granted",
        {"most_granted_share": 1},
    ),
    "identity.source_records": (
        "select 'shopify' as source_name, 'shopify_orders:' || i as record_id,"
        " map {}::map(varchar, varchar) as identifiers",
        "records with an identifier",
        {"identified_records_share": 0},
    ),
    "segments.seg_lapsing": (
        "select i as customer_id",
        "share of the identified customers",
        {"segment_share": 1},
    ),
}


def _status(
    gates: GateProcess, folder: Path, table: str, rows: int, thresholds: dict[str, Any]
) -> str:
    query, guard, _ = BOUNDS[table]
    layer, name = table.split(".")
    made = f"{query} from range({rows}) as n(i)"
    customers = f"select true as is_identified from range({rows}) as n(i)"
    outside = {table: made} if layer == "raw" else {}
    inside = {"core.customers": customers} | ({} if layer == "raw" else {table: made})
    inputs = generation(folder, inside, outside)
    report = gates.check(layer, inputs, sources=SOURCES, tables=[name], thresholds=thresholds)
    return by_name(report.results, name)[guard].status


@pytest.mark.parametrize("table", BOUNDS)
def test_a_fixed_bound_has_a_floor_and_a_setting(
    gates: GateProcess, tmp_path: Path, table: str
) -> None:
    setting = BOUNDS[table][2]
    assert _status(gates, tmp_path / "few", table, 20, {}) == "not_applicable"
    assert _status(gates, tmp_path / "many", table, 200, {}) == "failed"
    assert _status(gates, tmp_path / "told", table, 200, setting) == "passed"


@pytest.mark.parametrize(("rows", "status"), [(60, "not_applicable"), (6000, "failed")])
def test_a_table_that_seldom_changes_is_not_stale(
    gates: GateProcess, tmp_path: Path, rows: int, status: str
) -> None:
    """Two years of accounts, the last one of them sixty days before the night."""
    query = (
        "select i as id, 'u' || i || '@example.org' as email, 1 as _arrival,"
        f" timestamp '2024-12-30' - interval (i * 720 // {rows}) day as updated_at,"
        f" timestamp '2025-02-28' as _loaded_at from range({rows}) as n(i)"
    )
    inputs = generation(tmp_path, outside={"raw.shopify_customers": query})
    report = gates.check("raw", inputs, sources=SOURCES, tables=["shopify_customers"])
    found = by_name(report.results, "shopify_customers")["newest content is fresh"]
    assert (found.status, found.severity) == (status, "critical")


def test_orders_of_millions_in_their_own_currency_are_plausible(
    gates: GateProcess, tmp_path: Path
) -> None:
    def status(rate: float) -> str:
        query = (
            f"select 3000000.0 as gross_amount, {rate} as exchange_rate, i as order_id"
            " from range(200) as n(i)"
        )
        inputs = generation(tmp_path / str(rate), {"core.orders": query})
        report = gates.check("core", inputs, sources=SOURCES, tables=["orders"])
        return by_name(report.results, "orders")["orders are worth between 0 and a million"].status

    assert (status(0.00006), status(1.0)) == ("passed", "failed")


@pytest.mark.parametrize(
    ("orders", "bare", "status"),
    [
        (150, 2, "passed"),
        (150, 19, "passed"),
        (3000, 29, "passed"),
        (3000, 40, "failed"),
        (60, 50, "failed"),
        (60, 60, "failed"),
        (19, 19, "not_applicable"),
    ],
)
def test_orders_without_lines_stop_a_night_when_lines_were_lost(
    gates: GateProcess, tmp_path: Path, orders: int, bare: int, status: str
) -> None:
    inside = {
        "core.orders": "select 'o' || i as order_id, 10 as line_items_amount"
        f" from range({orders}) as n(i)",
        "core.order_lines": "select 'o' || i as order_id, 1 as quantity, 'p' as product_id,"
        " 10.0 as gross_amount, 10.0 as unit_amount, true as is_cost_known"
        f" from range({bare}, {orders}) as n(i)",
    }
    for name in ("shopify", "cdnow", "online_retail"):
        inside[f"staging.stg_{name}__order_lines"] = (
            "select 1 as quantity, 10.0 as unit_amount"
            f" from range({orders - bare if name == 'shopify' else 0})"
        )
    inputs = generation(tmp_path, inside)
    report = gates.check("core", inputs, sources=SOURCES, tables=["order_lines"])
    assert by_name(report.results, "order_lines")["orders without lines"].status == status


@pytest.mark.parametrize(
    ("order", "click", "odd", "status"),
    [
        (900_000, 4_000, 1, "passed"),  # rupiah
        (60, 0.5, 1, "passed"),
        (60, 0.5, 1e6, "passed"),  # one row
        (60, 0.02e6, 1, "failed"),  # millionths taken for units
        (900_000, 4_000e-6, 1e-6, "failed"),
        (60, 0, 1, "failed"),
    ],
)
def test_a_click_is_dear_or_cheap_by_what_an_order_is_worth(
    gates: GateProcess, tmp_path: Path, order: float, click: float, odd: float, status: str
) -> None:
    spend = f"if(i = 0, {odd}, 1) * {click}::double * 10"
    days = (
        "select 'google_ads' as source_name, 'a' as account_id, 10 as clicks_count,"
        f" date '2025-02-01' + i::int as spend_date, {spend} as spend, spend as cost_amount"
        " from range(20) as n(i)"
    )
    sound = days.replace("'a'", "'b'").replace(spend, f"{order} / 100.0")
    inside = {
        "core.orders": f"select {order} as gross_amount, 1.0 as exchange_rate, false as is_test"
        " from range(60)",
        "core.ad_spend": f"{days} union all {sound}",
        "staging.stg_google_ads__campaign_days": f"{days} union all {sound}",
        "staging.stg_meta_ads__campaign_days": "select 1 as cost_amount limit 0",
    }
    # The gates of raw stand before these: both are asked.
    raw = (
        "select 'IDR' as currency_code, 10 as clicks, 1 as _arrival,"
        f" if(i = 0, {odd}, 1) * {click}::double * 1e7 as cost_micros from range(20) as n(i)"
    )
    inputs = generation(tmp_path, inside, {"raw.google_ads_campaign_days": raw})
    results = [
        result
        for layer, table in (("raw", "google_ads_campaign_days"), ("core", "ad_spend"))
        for result in gates.check(layer, inputs, sources=SOURCES, tables=[table]).results
        if result.expectation.startswith("cost of a click")
    ]
    assert "errored" not in {result.status for result in results}
    assert ("failed" in {result.status for result in results}) == (status == "failed")


def test_a_table_of_a_required_source_may_be_missing_where_others_come(
    gates: GateProcess, tmp_path: Path
) -> None:
    orders = {"raw.shopify_orders": "select 1 as id, 1 as _arrival"}
    inputs = generation(tmp_path, outside=orders)
    tables = ["shopify_customers", "shopify_orders", "hubspot_contacts"]
    report = gates.check("raw", inputs, sources=SOURCES, tables=tables)
    severity = {
        name: by_name(report.results, name)["has rows"].severity
        for name in ("shopify_customers", "hubspot_contacts")
    }
    assert severity == {"shopify_customers": "warning", "hubspot_contacts": "critical"}
