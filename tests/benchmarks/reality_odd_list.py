"""Odd rows that do not follow from a contract: what only a person knows."""

from typing import Any

from reality_odd_kinds import Odd
from reality_records import AT, FIRST


def _line(number: int | None, **given: Any) -> dict[str, Any]:
    row = {"id": number, "product_id": 1, "variant_id": 1, "sku": "X", "title": "X"}
    return {**row, "quantity": 2, "price": "20.00", "total_discount": "0.00", **given}


def _refund(number: int, amount: str, currency: str = "EUR") -> dict[str, Any]:
    row = {"id": FIRST + number, "kind": "refund", "status": "success", "created_at": AT}
    return {**row, "amount": amount, "currency": currency}


def _returned(line: int) -> dict[str, Any]:
    return {"line_item_id": line, "quantity": 1}


def _taken(name: str) -> dict[str, Any]:
    return {"id": name, "amount": -2000, "fee": 0, "net": -2000, "currency": "eur"}


TWO = [_line(FIRST + 900_001), _line(FIRST + 900_001)]
LISTED = (
    Odd("shopify.orders", "one line twice", {"line_items": TWO}),
    Odd("shopify.orders", "a line of no pieces", {"line_items": [_line(1, quantity=0)]}),
    Odd("shopify.orders", "minus one piece", {"line_items": [_line(2, quantity=-1)]}),
    Odd("shopify.orders", "a line without a number", {"line_items": [_line(None)]}),
    Odd("shopify.orders", "a price that is none", {"line_items": [_line(3, price="free")]}),
    Odd("shopify.orders", "a line that is a text", {"line_items": ["tea"]}),
    Odd("shopify.orders", "a line of nothing", {"line_items": [None]}),
    Odd(
        "shopify.orders", "cancelled before it was placed", {"cancelled_at": "2020-01-01T00:00:00Z"}
    ),
    Odd("shopify.orders", "a test order with money", {"test": True}),
    Odd("shopify.orders", "the number of another order", {"name": "#1001"}),
    Odd(
        "shopify.orders",
        "all in one bill",
        {"total_price": "0.00", "total_line_items_price": "0.00"},
    ),
    Odd("shopify.refunds", "one movement twice", {"transactions": [_refund(900_002, "5.00")] * 2}),
    Odd("shopify.refunds", "a line of no order", {"refund_line_items": [_returned(5)]}),
    Odd("shopify.refunds", "one line twice", {"refund_line_items": [_returned(6)] * 2}),
    Odd("shopify.refunds", "more than was paid", {"transactions": [_refund(900_003, "99.00")]}),
    Odd(
        "shopify.refunds",
        "in another currency",
        {"transactions": [_refund(900_004, "9.00", "USD")]},
    ),
    Odd("shopify.transactions", "a test movement", {"test": True}),
    Odd("shopify.transactions", "nothing moved", {"amount": "0.00"}),
    Odd(
        "shopify.products",
        "one variant twice",
        {"variants": [{"id": FIRST + 900_005, "sku": "V"}] * 2},
    ),
    Odd("shopify.products", "a variant without a number", {"variants": [{"sku": "V"}]}),
    Odd("stripe.charges", "captured more than charged", {"amount_captured": 9000}),
    Odd("stripe.charges", "given back more than charged", {"amount_refunded": 9000}),
    Odd(
        "stripe.disputes",
        "the same money taken twice",
        {"balance_transactions": [_taken("txn_t")] * 2},
    ),
    Odd("hubspot.contacts", "merged with nobody", {"merged_contact_ids": "1:1"}),
    Odd("hubspot.contacts", "merged with what is no number", {"merged_contact_ids": "abc:def"}),
    Odd(
        "hubspot.deals", "a deal of nobody", {"contacts": [{"id": "1", "type": "deal_to_contact"}]}
    ),
    Odd("hubspot.deals", "one contact twice", {"contacts": [{"id": "1", "type": "a"}] * 2}),
    Odd("hubspot.deals", "won and not closed", {"hs_is_closed": "false"}),
    Odd("salesforce.contacts", "deleted", {"is_deleted": "true"}),
    Odd("salesforce.leads", "converted into nobody", {"is_converted": "true"}),
    Odd("zendesk.users", "not active", {"active": False}),
    Odd("zendesk.tickets", "solved before it was asked", {"solved_at": "2020-01-01T00:00:00Z"}),
    Odd("consent.records", "no address", {"contact_point": "nobody at all"}),
    Odd(
        "consent.records",
        "a number that is none",
        {"contact_point_type": "phone", "contact_point": "12"},
    ),
    Odd(
        "privacy.requests",
        "erasure of nobody",
        {"kind": "erasure", "contact_point": "nobody at all"},
    ),
    Odd("privacy.requests", "completed and withdrawn", {"status": "withdrawn", "completed_at": AT}),
    Odd("web.events", "received before it happened", {"received_at": "2020-01-01T00:00:00Z"}),
    Odd("web.events", "a link that is none", {"page_url": "http://[::1"}),
    Odd("meta_ads.campaign_days", "ends before it begins", {"date_stop": "2026-06-01"}),
    Odd("meta_ads.campaign_days", "a month in one row", {"date_start": "2026-06-01"}),
    Odd("google_ads.campaign_days", "more clicks than views", {"clicks": 99}),
    Odd("ecb.rates", "a rate of zero", {"usd": "0"}),
    Odd("ecb.rates", "a rate below zero", {"usd": "-1.1"}),
    Odd("ecb.rates", "a huge rate", {"jpy": "999999999999"}),
    Odd("ecb.rates", "a day twice", {"usd": "1.1"}, {"usd": "1.2"}),
)
