"""What a payment provider bills without a shop: told, or orders of its own where the owner says so;
beside it a dispute that names its order, and the codes of an order."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.inputs import Inputs
from orchestration.warehouse.replay.runner import ReplayingDbt
from tests.benchmarks.money_order_case import CREATED, DAY, FIRST_ID, Paid
from tests.benchmarks.money_order_kinds import PAID, WHOLE, case
from tests.benchmarks.money_orders import SETTINGS, deliver
from tests.integration.plain_night import run_plain, settings_of

ORDERS = "stripe: {enabled: true, freshness_days: 90, charges_without_order: orders}"
NAMES = ("plain", "lost at the shop", "asked about", "won")


def _charge(name: str, **given: Any) -> dict[str, Any]:
    units = given.get("amount_captured", 2000)
    return {
        "id": f"ch_{name}",
        "amount": units,
        "amount_captured": units,
        "amount_refunded": 0,
        "currency": "eur",
        "status": "succeeded",
        "captured": True,
        "disputed": False,
        "livemode": True,
        "customer": f"cus_{name}",
        "billing_details": {"email": f"{name}@example.com"},
        "metadata": {},
        "created": CREATED,
        **given,
    }


CHARGES = (
    _charge("whole"),
    _charge("again", customer="cus_whole", created=CREATED + 30 * 86_400),
    _charge("halved", amount_refunded=1000),
    _charge("told", amount_refunded=500),  # no refund was delivered: the charge alone says it
    _charge("lost", disputed=True),
    _charge("failed", status="failed", amount_captured=0),
    _charge("tested", livemode=False),
    _charge("known", metadata={"order_id": str(FIRST_ID)}, amount_captured=10_000),
)
REFUND = {
    "id": "re_halved",
    "charge": "ch_halved",
    "amount": 1000,
    "currency": "eur",
    "status": "succeeded",
    "created": CREATED + 86_400,
}
LOST = {
    "id": "dp_lost",
    "charge": "ch_lost",
    "amount": 2000,
    "currency": "eur",
    "status": "lost",
    "livemode": True,
    "evidence_details": {},
    "created": CREATED + 86_400,
}


def _dispute(place: int, kind: str, status: str) -> dict[str, Any]:
    return {
        "id": 700 + place,
        "order_id": FIRST_ID + place,
        "type": kind,
        "amount": "40.00",
        "currency": "EUR",
        "reason": "fraudulent",
        "status": status,
        "initiated_at": DAY,
    }


def _deliver(home: Path) -> None:
    codes = [{"code": "SPRING", "amount": "7.50"}, {"code": " SPRING ", "amount": "2.50"}]
    given = {"discount_codes": [*codes, {"code": "FRIEND", "amount": "0.50"}, {"code": ""}]}
    paid = {"plain": (Paid("100.00", gateway="stripe"),)}
    orders = [case(name, WHOLE, paid=paid.get(name, PAID), given=given) for name in NAMES]
    deliver(home / "extracts", orders)
    for table, rows in {
        "stripe/charges": CHARGES,
        "stripe/refunds": (REFUND,),
        "stripe/disputes": (LOST,),
        "shopify/disputes": (
            _dispute(1, "chargeback", "accepted"),
            _dispute(2, "inquiry", "under_review"),
            _dispute(3, "chargeback", "won"),
        ),
    }.items():
        file = home / "extracts" / f"{table}-2026-06-30.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture(scope="module")
def nights(
    tmp_path_factory: pytest.TempPathFactory, replaying: ReplayingDbt
) -> dict[str, duckdb.DuckDBPyConnection]:
    """A night without the owner's word, and one of the same shop with it."""
    home = tmp_path_factory.mktemp("charges")
    _deliver(home)
    found = {}
    for name, settings in (
        ("told", SETTINGS),
        ("orders", SETTINGS.replace("stripe: {enabled: true, freshness_days: 90}", ORDERS)),
    ):
        (home / "clientele.yml").write_text(settings, encoding="utf-8")
        report = run_plain(settings_of(home, home / "clientele.yml"), replaying, name)
        assert report["status"] == "published", report["errors"]
        generations = Generations(home / "generations")
        inputs = Inputs.load(generations.inputs(generations.current()))
        found[name] = connect(inputs.without_raw())
    return found


def _all(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.execute(query).fetchall()


def test_a_finding_names_their_sum(nights: dict[str, duckdb.DuckDBPyConnection]) -> None:
    query = "select key, amount, currency_code from core.findings where rule = '{}'"
    rule = "charges_without_order"
    # 5 × 20.00 without what was given back: 10.00 and 5.00.
    told = [("stripe:EUR", Decimal("85.000"), "EUR")]
    assert _all(nights["told"], query.format(rule)) == told
    assert _all(nights["orders"], query.format(rule)) == []
    for con in nights.values():
        assert _all(con, query.format("order_unlike_its_lines")) == []
    assert _all(nights["told"], "select count(*) from core.charge_orders") == [(0,)]


def test_they_are_orders_where_the_owner_says_so(
    nights: dict[str, duckdb.DuckDBPyConnection],
) -> None:
    query = """
        select
            order_number, gross_amount, captured_amount, refunded_amount, disputed_amount,
            net_revenue, is_purchase
        from core.orders where source_name = 'stripe' order by order_number
    """
    zero, ten, twenty = (Decimal(f"{amount}.000") for amount in (0, 10, 20))
    assert _all(nights["told"], query) == []
    assert _all(nights["orders"], query) == [
        ("ch_again", twenty, twenty, zero, zero, Decimal("20.00"), True),
        ("ch_halved", twenty, twenty, ten, zero, Decimal("10.00"), True),
        ("ch_lost", twenty, twenty, zero, twenty, Decimal("0.00"), False),
        ("ch_told", twenty, twenty, Decimal("5.000"), zero, Decimal("15.00"), True),
        ("ch_whole", twenty, twenty, zero, zero, Decimal("20.00"), True),
    ]


def test_they_are_their_payers(nights: dict[str, duckdb.DuckDBPyConnection]) -> None:
    query = """
        select count(*), count(distinct customer_id) from core.orders
        where order_number in ('ch_whole', 'ch_again')
    """
    assert _all(nights["orders"], query) == [(2, 1)]


def test_shop_and_provider_agree(nights: dict[str, duckdb.DuckDBPyConnection]) -> None:
    listed = _all(nights["told"], "select count(*) from marts.tie_out_differences")
    assert listed == [(5,)]
    assert _all(nights["orders"], "select * from marts.tie_out_differences") == []


def test_a_dispute_may_name_its_order(nights: dict[str, duckdb.DuckDBPyConnection]) -> None:
    query = """
        select order_number, disputes.outcome, orders.net_revenue, disputes.customer_id is not null
        from core.disputes inner join core.orders using (order_id)
        where disputes.source_name = 'shopify' order by order_number
    """
    assert _all(nights["told"], query) == [
        ("#asked about", "inquiry", Decimal("100.00"), True),
        ("#lost at the shop", "lost", Decimal("60.00"), True),
        ("#won", "won", Decimal("100.00"), True),
    ]


def test_an_order_tells_its_codes(nights: dict[str, duckdb.DuckDBPyConnection]) -> None:
    query = """
        select discount_code, amount, order_discounts.currency_code
        from core.order_discounts inner join core.orders using (order_id)
        where order_number = '#plain' order by 1
    """
    assert _all(nights["told"], query) == [
        ("FRIEND", Decimal("0.500"), "EUR"),
        ("SPRING", Decimal("10.000"), "EUR"),
    ]
