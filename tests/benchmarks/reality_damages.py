"""Whole deliveries that are wrong: what is done to the rows of a table that is exported anew, by
kind. Kinds and sizes stand here before any gate is tuned to them."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from reality_records import Row

Change = Callable[[Row, int], Row]
FIRST_NEW_ID = 9_000_000_000_000
SHARES = {"full": (0.02, 0.1, 0.3), "tiny": (0.1,)}


@dataclass(frozen=True)
class Kind:
    """What happens to each row; `change` gets the row and its place. `cut`: the file ends in the
    middle of a line; `keep`: the share of rows that are left."""

    name: str
    table: str
    change: Change = lambda row, place: row
    cut: bool = False
    keep: float = 1.0


def given(**values: Any) -> Change:
    """The same values in every row; a `__` leads into an object."""

    def change(row: Row, place: int) -> Row:
        for name, value in values.items():
            at = row
            *above, last = name.split("__")
            for key in above:
                at = at.setdefault(key, {}) or {}
            at[last] = value
        return row

    return change


def times(factor: float, *names: str) -> Change:
    """Amounts multiplied, as texts stay texts."""

    def change(row: Row, place: int) -> Row:
        for name in names:
            if row.get(name) in (None, "", "N/A"):
                continue
            value = float(row[name]) * factor
            text = f"{value:.2f}" if "." in str(row[name]) else f"{value:.0f}"
            row[name] = int(value) if isinstance(row[name], int) else text
        return row

    return change


def order_times(factor: float) -> Change:
    """An order whose every amount is multiplied, its lines' too: it agrees with itself."""
    totals = times(factor, *TOTALS)

    def change(row: Row, place: int) -> Row:
        row = totals(row, place)
        shipping = row["total_shipping_price_set"]["shop_money"]
        shipping.update(times(factor, "amount")(shipping, place))
        for line in row["line_items"]:
            line.update(times(factor, "price", "total_discount")(line, place))
        return row

    return change


def days_later(days: int, *names: str) -> Change:
    """Times moved by days, as texts or as seconds."""

    def change(row: Row, place: int) -> Row:
        for name in names:
            value = row.get(name)
            if isinstance(value, int):
                row[name] = value + days * 86_400
            elif value:
                moved = date.fromisoformat(value[:10]) + timedelta(days)
                row[name] = str(moved) + value[10:]
        return row

    return change


def renumbered(*names: str) -> Change:
    """A number or a text that nobody had before, at every place the same way."""

    def change(row: Row, place: int) -> Row:
        for name in names:
            is_number = isinstance(row[name], int)
            row[name] = FIRST_NEW_ID + place if is_number else f"new_{FIRST_NEW_ID + place}"
        return row

    return change


def lines(**values: Any) -> Change:
    def change(row: Row, place: int) -> Row:
        row["line_items"] = [{**line, **values} for line in row["line_items"]]
        return row

    return change


TOTALS = ("total_line_items_price", "total_discounts", "total_tax", "total_price")
MOMENTS = ("processed_at", "created_at", "updated_at")
CHARGED = ("amount", "amount_captured", "amount_refunded")
ONE = "info@shop.example.com"
GROSS = (
    Kind("orders in cents", "shopify.orders", order_times(100)),
    Kind("orders in thousands", "shopify.orders", order_times(0.001)),
    Kind("orders of nothing", "shopify.orders", order_times(0)),
    Kind("orders below zero", "shopify.orders", order_times(-1)),
    Kind("all orders in yen", "shopify.orders", given(currency="JPY")),
    Kind("no order has an address", "shopify.orders", given(email=None)),
    Kind("all orders of one address", "shopify.orders", given(email=ONE)),
    Kind("all orders of one login", "shopify.orders", given(customer={"id": 7000000008924})),
    Kind("every order again under a new number", "shopify.orders", renumbered("id", "name")),
    Kind("orders a year later", "shopify.orders", days_later(365, *MOMENTS)),
    Kind("orders a year earlier", "shopify.orders", days_later(-365, "processed_at", "created_at")),
    Kind("all orders are tests", "shopify.orders", given(test=True)),
    Kind("no order has lines", "shopify.orders", given(line_items=[])),
    Kind("all orders cut off", "shopify.orders", cut=True),
    Kind("movements in cents", "shopify.transactions", times(100, "amount")),
    Kind("all movements failed", "shopify.transactions", given(status="failure")),
    Kind("all movements give back", "shopify.transactions", given(kind="refund")),
    Kind("all movements are sales", "shopify.transactions", given(kind="sale")),
    Kind("all movements in dollars", "shopify.transactions", given(currency="USD")),
    Kind("every movement again", "shopify.transactions", renumbered("id")),
    Kind("charges in hundredths of cents", "stripe.charges", times(100, *CHARGED)),
    Kind("all charges in dollars", "stripe.charges", given(currency="usd")),
    Kind("all charges failed", "stripe.charges", given(status="failed", captured=False)),
    Kind("no charge names its order", "stripe.charges", given(metadata={})),
    Kind("every charge again", "stripe.charges", renumbered("id")),
    Kind("all accounts of one address", "shopify.customers", given(email=ONE)),
    Kind("no account has an address", "shopify.customers", given(email=None)),
    Kind("all contacts of one address", "hubspot.contacts", given(properties__email=ONE)),
    Kind("all contacts deleted", "hubspot.contacts", given(archived=True)),
    Kind("all consent granted", "consent.records", given(state="granted")),
    Kind("all consent withdrawn", "consent.records", given(state="withdrawn")),
    Kind("all visitors are one", "web.events", given(anonymousId="0", userId="7000000008924")),
    Kind("campaigns cost a million times", "google_ads.campaign_days", times(1e6, "cost_micros")),
    Kind("campaigns cost nothing", "google_ads.campaign_days", given(cost_micros="0")),
    Kind("rates a hundred times", "ecb.rates", times(100, "USD", "GBP", "CHF", "JPY")),
    Kind("half of the metrics gone", "klaviyo.metrics", keep=0.5),
)
SUBTLE = (
    Kind("orders in cents", "shopify.orders", order_times(100)),
    Kind("orders a tenth dearer", "shopify.orders", order_times(1.1)),
    Kind("orders in another currency", "shopify.orders", given(currency="CHF")),
    Kind("orders without an address", "shopify.orders", given(email=None)),
    Kind("orders of one address", "shopify.orders", given(email=ONE)),
    Kind("orders again under new numbers", "shopify.orders", renumbered("id", "name")),
    Kind("orders a month earlier", "shopify.orders", days_later(-30, "processed_at")),
    Kind("orders of one piece more", "shopify.orders", lines(quantity=9)),
    Kind("movements failed", "shopify.transactions", given(status="failure")),
    Kind("movements a tenth less", "shopify.transactions", times(0.9, "amount")),
    Kind("charges again under new ids", "stripe.charges", renumbered("id")),
    Kind("charges a tenth less", "stripe.charges", times(0.9, *CHARGED)),
    Kind("accounts of one address", "shopify.customers", given(email=ONE)),
    Kind("accounts of another country", "shopify.customers", given(default_address=None)),
    Kind("contacts deleted", "hubspot.contacts", given(archived=True)),
    Kind("consent granted", "consent.records", given(state="granted")),
    Kind("campaigns ten times dearer", "google_ads.campaign_days", times(10, "cost_micros")),
    Kind("rates a twentieth off", "ecb.rates", times(1.05, "USD", "GBP")),
)


def damaged(rows: list[Row], kind: Kind, share: float) -> list[Row]:
    """The export with every so-many-eth row damaged, spread evenly over it."""
    kept = rows[: round(len(rows) * kind.keep)]
    found = []
    for place, row in enumerate(kept):
        is_hit = int((place + 1) * share) > int(place * share)
        found.append(kind.change(deepcopy(row), place) if is_hit else row)
    return found
