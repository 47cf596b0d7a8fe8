"""The tie-outs fail when they should: each row put in by hand breaks the one that is for it.

dbt compiled them all when it built the generation of nothing; here each one's own query is asked,
which costs no run of dbt.
"""

from pathlib import Path
from typing import Any

import pytest

from orchestration.warehouse.connection import connect
from orchestration.warehouse.dbt_runner import DbtRunner
from tests.core.empty_generation import AS_OF, built_on_nothing, copy_of, insert

STRIPE = {"gateway": "stripe", "movement": "captured", "currency_code": "EUR", "amount": 10}
# Name of the tie-out (and, where it has several, which part of it) → rows that break it.
BROKEN: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "assert_customers_are_all_of_identity": [
        ("core.customers", {"customer_id": "c", "records_count": 1})
    ],
    "assert_stripe_equals_shopify_per_day": [
        ("core.payments", {**STRIPE, "order_id": "o"}),
        (
            "core.charges",
            {
                "order_id": "o",
                "currency_code": "EUR",
                "captured_amount": 9,
                "is_live": True,
                "status": "succeeded",
            },
        ),
    ],
    "assert_stripe_equals_shopify_per_day refunds": [
        ("core.payments", {**STRIPE, "order_id": "o", "movement": "refunded"}),
        (
            "core.charges",
            {
                "order_id": "o",
                "currency_code": "EUR",
                "refunded_amount": 10,
                "is_live": True,
                "status": "succeeded",
            },
        ),
        (
            "core.charge_refunds",
            {
                "order_id": "o",
                "currency_code": "EUR",
                "amount": 9,
                "is_live": True,
                "is_counted": True,
            },
        ),
    ],
    "assert_revenue_is_the_same_everywhere": [
        ("core.orders", {"order_id": "o", "net_revenue": 10})
    ],
    "assert_every_buyer_has_a_forecast": [("marts.purchase_histories", {"customer_id": "c"})],
    "assert_customer_360_is_all_customers": [("core.customers", {"customer_id": "c"})],
    "assert_touchpoint_orders_are_counted_once": [
        ("marts.touchpoints", {"session_id": "s", "orders_count": 1})
    ],
    "assert_differences_are_all_listed paid": [
        ("core.orders", {"order_id": "o", "financial_status": "paid", "gross_amount": 10})
    ],
    "assert_differences_are_all_listed refunds": [
        ("core.orders", {"order_id": "o", "gross_amount": 10}),
        ("core.refunds", {"order_id": "o", "amount": 4}),
    ],
    "assert_differences_are_all_listed without order": [
        ("core.payments", {**STRIPE, "order_id": "o"})
    ],
    "assert_differences_are_all_listed provider": [
        ("marts.payment_differences", {"order_id": "o", "difference_amount": 1})
    ],
    "assert_the_bridge_ends_at_revenue": [
        ("marts.revenue_bridge", {"source_name": "ledger", "net_revenue_amount": 10})
    ],
    "assert_credits_are_the_revenue": [
        ("core.orders", {"order_id": "o", "net_revenue": 10}),
        (
            "marts.attribution",
            {
                "order_id": "o",
                "first_touch_credit": 10,
                "last_touch_credit": 10,
                "linear_credit": 9,
            },
        ),
    ],
    "assert_active_customers_have_not_lapsed": [
        ("marts.kpis_daily", {"calendar_date": AS_OF.date(), "active_customers_count": 1}),
    ],
    "not_null_orders_customer_id": [("core.orders", {"order_id": "o", "customer_id": None})],
    "not_null_customer_lifetime_values_method": [
        ("marts.customer_lifetime_values", {"customer_id": "c", "method": None})
    ],
    "assert_memberships_follow_from_their_changes": [
        ("segments.memberships", {"segment": "high_value", "customer_id": "c"})
    ],
    "assert_payloads_hold_members_only": [
        (
            "sync.sync_hubspot__contacts",
            {"customer_id": "c", "email": "c@x.example", "clientele_is_high_value": True},
        )
    ],
}


@pytest.fixture(scope="module")
def compiled(runner: DbtRunner) -> dict[str, str]:
    """Every data test's query, by its name."""
    built_on_nothing(runner)
    return {
        file.stem: file.read_text(encoding="utf-8")
        for file in (runner.folder / "target-nothing" / "compiled").rglob("*.sql")
    }


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_the_tie_out_sees_what_it_is_for(
    name: str, runner: DbtRunner, compiled: dict[str, str], tmp_path: Path
) -> None:
    nothing, _ = built_on_nothing(runner)
    broken = copy_of(nothing, tmp_path)
    insert(broken, BROKEN[name])
    rows = {}
    for which, inputs in (("nothing", nothing), ("broken", broken)):
        connection = connect(inputs)
        rows[which] = len(connection.execute(compiled[name.split(" ")[0]]).fetchall())
        connection.close()
    assert rows["nothing"] == 0 < rows["broken"]
