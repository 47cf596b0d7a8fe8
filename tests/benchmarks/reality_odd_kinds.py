"""What is odd about a row: for each column of a contract, by its type and its part, values that
are of the right type and that nobody expects; and a list of what only a person knows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ingestion.contracts.contract import Column, TableContract

# Columns whose values are words of the vendor's; a vendor adds to them without a word.
WORDS = (
    *("state", "status", "kind", "type", "role", "score", "priority", "channel", "purpose"),
    *("financial_status", "source_name", "gateway", "reason", "lifecyclestage", "dealstage"),
    *("contact_point_type", "legal_basis", "lead_source", "event", "pipeline", "locale"),
)
AMOUNTS = (
    *("amount", "amount_captured", "amount_refunded", "total_price", "total_line_items_price"),
    *("total_discounts", "total_shipping", "total_tax", "cost", "cost_micros", "spend"),
    *("impressions", "clicks", "conversions", "reach", "inline_link_clicks"),
)
REFERENCES = (
    *("customer_id", "order_id", "parent_id", "authorization", "charge", "payment_intent"),
    *("checkout_token", "requester_id", "ticket_id", "profile_id", "metric_id", "external_id"),
    *("master_record_id", "converted_contact_id", "user_id", "customer"),
)
NOBODY = {"integer": 7_999_999_999, "text": "7999999999"}
TEXTS = {
    "ten thousand letters": "x" * 10_000,
    "right to left": "\u202eשלום עולם مرحبا",
    "empty": "",
}


@dataclass(frozen=True)
class Odd:
    """One odd row: `values` by column of the contract take the place of the record's own;
    `twice`: the row stands there a second time with these values, under the same key."""

    table: str
    name: str
    values: dict[str, Any]
    twice: dict[str, Any] | None = None


def by_contract(table: TableContract) -> Iterator[Odd]:
    """The odd rows that follow from what the contract says of each column."""
    name, texts = f"{table.source}.{table.name}", 0
    for column in table.columns:
        if column.name in table.key:
            continue
        for what, value in _odd_values(column, texts).items():
            yield Odd(name, f"{column.name}: {what}", {column.name: value})
        texts += column.type.kind == "text"
    may_be_null = {c.name: None for c in table.columns if not c.required and not c.optional}
    if may_be_null:
        yield Odd(name, "nothing but what must be there", may_be_null)
    yield Odd(name, "key twice", {}, {})


def _odd_values(column: Column, place: int) -> dict[str, Any]:
    kind, name = column.type.kind, column.name
    if "currency" in name:
        return {"CHF": "CHF", "AED": "AED", "no currency": "XXQ"}
    if name in ("country_code", "country", "billing_country", "mailing_country_code"):
        return {"Brazil": "BR", "no country": "ZZ"}
    if name in AMOUNTS:
        digits = "" if kind == "integer" else ".99"
        return {"negative": f"-7{digits}", "huge": f"9999999999{digits}"}
    if name in REFERENCES:
        return {"nobody": NOBODY["integer" if kind == "integer" else "text"]}
    if name in WORDS:
        return {"a new word": "something_new"}
    if kind == "json":
        return ({} if column.required else {"null": None}) | {"no entries": []}
    if kind in ("timestamp", "epoch", "date"):
        return _days(kind, place)
    if kind == "text":
        what = list(TEXTS)[place % len(TEXTS)]
        return {what: TEXTS[what]}
    return {}


def _days(kind: str, place: int) -> dict[str, Any]:
    first: Any = {"timestamp": "1900-01-01T00:00:00Z", "epoch": -2208988800, "date": "1900-01-01"}
    last: Any = {"timestamp": "2200-12-31T23:59:59Z", "epoch": 7289654399, "date": "2200-12-31"}
    return {"first day": first[kind]} if place % 2 else {"last day": last[kind]}
