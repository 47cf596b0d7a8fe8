"""Inputs of topic `reality` about money: tax inside the prices, tips, duties, currencies without a
rate, movements of refunds as text."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reality_inputs_case import (
    Check,
    Input,
    both,
    either,
    files,
    fresh,
    key,
    path,
    record,
    says,
    waits,
)
from reality_odd_files import MAKERS
from reality_records import Row, Rows

# The payment provider's units of a currency that are no hundredths.
UNITS = {"JPY": 1, "KWD": 1000}


@dataclass(frozen=True)
class Order:
    """An order of two things at 20.00; `total` is paid, `back` given back without saying of what.
    Right is `amounts`: gross, tax, tip, collected, net revenue, all in its currency."""

    kind: str
    name: str
    total: str
    given: Row
    amounts: tuple[str, ...]
    currency: str = "EUR"
    back: str = ""
    more: dict[str, str] = field(default_factory=dict)


def _shipping(amount: str) -> Row:
    return {"total_shipping_price_set": {"shop_money": {"amount": amount}}}


INSIDE = {"taxes_included": True}
TAX, TIP = "tax inside the prices", "tip"
ORDERS: Sequence[Order] = (
    Order(
        TAX, "goods", "40.00", {**INSIDE, "total_tax": "6.39"}, ("40", "6.39", "0", "40", "33.61")
    ),
    Order(
        TAX,
        "goods and shipping",
        "44.90",
        {**INSIDE, **_shipping("4.90"), "total_tax": "7.17"},
        ("44.9", "7.17", "0", "44.9", "37.73"),
    ),
    Order(
        TAX,
        "less a discount",
        "30.00",
        {**INSIDE, "total_discounts": "10.00", "total_tax": "4.79"},
        ("30", "4.79", "0", "30", "25.21"),
    ),
    Order(
        TAX,
        "half of it given back",
        "40.00",
        {**INSIDE, "total_tax": "6.00"},
        ("40", "6", "0", "20", "17"),
        back="20.00",
    ),
    Order(
        TAX,
        "in yen",
        "40",
        {**INSIDE, "total_tax": "4"},
        ("40", "4", "0", "40", "36"),
        currency="JPY",
    ),
    Order(
        TAX, "on top of them", "47.60", {"total_tax": "7.60"}, ("47.6", "7.6", "0", "47.6", "40")
    ),
    Order(TIP, "a tip", "45.00", {"total_tip_received": "5.00"}, ("45", "0", "5", "45", "40")),
    Order(
        TIP,
        "a tip, and tax inside the prices",
        "45.00",
        {**INSIDE, "total_tax": "6.39", "total_tip_received": "5.00"},
        ("45", "6.39", "5", "45", "33.61"),
    ),
    Order(
        TIP,
        "half of it given back",
        "44.00",
        {"total_tip_received": "4.00"},
        ("44", "0", "4", "22", "20"),
        back="22.00",
    ),
    Order(
        TIP,
        "in yen",
        "45",
        {"total_tip_received": "5"},
        ("45", "0", "5", "45", "40"),
        currency="JPY",
    ),
    Order(
        TIP,
        "duties",
        "48.00",
        {"original_total_duties_set": {"shop_money": {"amount": "8.00"}}},
        ("48", "0", "0", "48", "40"),
    ),
)
AMOUNTS = "gross_amount, tax_amount, tip_amount, collected_amount, net_revenue_amount"
WITHOUT_RATE = "currency without a rate"
# A currency → the rule of its finding, and its name in the books.
CURRENCIES = {
    "AED": "currency_without_a_rate",
    "aed": "currency_without_a_rate",
    "KWD": "currency_without_a_rate",
    "XYZ": "unknown_currency",
}


def inputs() -> Iterator[Input]:
    for order in ORDERS:
        n = fresh()
        query = f"select {AMOUNTS} from core.orders where order_id = 'shopify:{key(n)}'"
        yield Input(order.kind, order.name, files(_rows(order, n), n), says(query, order.amounts))
    yield from _without_rate()
    yield from _refunds()


def _rows(order: Order, n: int) -> Rows:
    """The order, its payment and, where some is given back, its refund, at shop and provider."""
    minor = _minor(order.total, order.currency)
    charge = {"amount": minor, "amount_captured": minor, "currency": order.currency.lower()}
    moved = {"currency": order.currency}
    changes: dict[str, Row] = {
        "shopify.orders": {"total_price": order.total, **moved, **order.given},
        "shopify.transactions": {"amount": order.total, **moved},
        "stripe.charges": charge,
    }
    if not order.back:
        return [(name, {**row, **changes[name]}) for name, row in MAKERS["shopify.orders"](n)]
    back = _minor(order.back, order.currency)
    changes["stripe.charges"] = {**charge, "amount_refunded": back}
    changes["stripe.refunds"] = {"amount": back, "currency": order.currency.lower()}
    rows = []
    for name, row in MAKERS["shopify.refunds"](n):
        values = changes.get(name, {})
        if row.get("kind") == "refund":
            values = {**moved, "amount": order.back}
        elif name == "shopify.refunds":
            (movement,) = row["transactions"]
            movements = [{**movement, **moved, "amount": order.back}]
            values = {"transactions": movements, "refund_line_items": []}
        rows.append((name, {**row, **values}))
    return rows


def _minor(amount: str, currency: str) -> int:
    return int(float(amount) * UNITS.get(currency, 100) + 0.5)


def _without_rate() -> Iterator[Input]:
    for currency, rule in CURRENCIES.items():
        n = fresh()
        order = Order(WITHOUT_RATE, currency, "40.00", {}, (), currency=currency)
        books = says(
            "select gross_amount, upper(currency_code), exchange_rate from core.orders"
            f" where order_id = 'shopify:{key(n)}'",
            ("40", currency.upper(), None),
        )
        yield Input(
            WITHOUT_RATE,
            f"an order in {currency}",
            # An amount in a currency that is none cannot be compared with the provider's.
            files([r for r in _rows(order, n) if currency != "XYZ" or r[0] == "shopify.orders"], n),
            both(books, _finding(rule, "orders", f"shopify:{key(n)}")),
        )
    for table, values in (
        ("google_ads.campaign_days", {"currency_code": "AED"}),
        ("meta_ads.campaign_days", {"account_currency": "KWD"}),
    ):
        n = fresh()
        spend = says(
            f"select cost_amount, spend from core.ad_spend where campaign_id like '%{key(n)}'",
            (1, None),
        )
        yield Input(
            WITHOUT_RATE,
            f"{table} {' '.join(values.values())}",
            files([(table, record(table, n, **values))], n),
            both(spend, _finding("currency_without_a_rate", "ad_spend", f"%{key(n)}%")),
        )
    n = fresh()
    deal = record("hubspot.deals", n, deal_currency_code="AED")
    yield Input(
        WITHOUT_RATE,
        "a deal in AED",
        files([("hubspot.deals", deal)], n),
        says(
            f"select amount, deal_value from core.deals where deal_id like '%:{key(n)}'",
            (100, None),
        ),
    )


def _finding(rule: str, table: str, named: str) -> Check:
    return says(
        "select distinct rule, table_name from core.findings"
        f" where key like '{named}' and rule in ('{rule}', 'unknown_currency')"
        f" and table_name = '{table}'",
        (rule, table),
    )


def _refunds() -> Iterator[Input]:
    """A refund of half an order, which says otherwise than in a list what moved."""
    kind = "movements of a refund as text"
    for name, spell in (
        ("one", lambda rows: json.dumps(rows)),
        ("two", lambda rows: json.dumps([_half(row, i) for row in rows for i in range(2)])),
        ("one, not in a list", lambda rows: rows[0]),
        ("none, with an empty text", lambda rows: ""),
        ("broken", lambda rows: json.dumps(rows)[:-2]),
    ):
        n = fresh()
        rows = MAKERS["shopify.refunds"](n)
        (refund,) = (row for table, row in rows if table == "shopify.refunds")
        refund["transactions"] = spell(refund["transactions"])
        read = says(
            "select refunded_amount, captured_amount from core.orders"
            f" where order_id = 'shopify:{key(n)}'",
            ("20", "40"),
        )
        rows = [row for row in rows if name != "broken" or row[0] == "shopify.refunds"]
        aside = waits(path("shopify.refunds", n), "transactions")
        told = _finding("refund_unlike_its_movements", "orders", f"shopify:{key(n)}")
        right = {"broken": (aside,), "none, with an empty text": (read, aside, told)}
        yield Input(kind, name, files(rows, n), either(*right.get(name, (read,))))


def _half(row: Row, number: int) -> Row:
    return {**row, "id": row["id"] + 100_000 * number, "amount": "10.00"}
