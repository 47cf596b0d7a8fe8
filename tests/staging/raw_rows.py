"""The raw rows that staging is tried on: versions, tombstones and dirt, by table.

What a row does not say is null.
"""

import json
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import duckdb

from tests.staging.shop_rows import LATER, SHOP, T

LATEST = datetime(2024, 5, 3, 12)
LINE_NUMBERS = count(1)
CAMPAIGN_DAY = {
    "customer_id": 1,
    "campaign_id": 2,
    "campaign_name": "c",
    "date": date(2024, 5, 1),
    "currency_code": "EUR",
    "impressions": 1,
    "clicks": 1,
}
META_DAY = {
    "account_id": 1,
    "account_currency": "EUR",
    "campaign_id": 2,
    "campaign_name": "c",
    "date_start": date(2024, 5, 1),
    "date_stop": date(2024, 5, 1),
    "impressions": 1,
    "clicks": 9,
}
DEAL = {"archived": False, "created_at": T, "updated_at": T}
DECISION = {"channel": "email", "purpose": "marketing", "recorded_at": T}
ACTIONS = [
    {"action_type": "link_click", "value": "7"},
    {"action_type": "omni_purchase", "value": "2"},
    {"action_type": "purchase", "value": "2"},
]


def event(message: str, at: datetime = T, **more: Any) -> dict[str, Any]:
    return {"message_id": message, "type": "track", "timestamp": at, "received_at": at, **more}


def ledger(
    invoice: str,
    quantity: int,
    price: str,
    code: str = "22041A",
    at: datetime = T,
    customer: str | None = "9",
    country: str = "RSA",
) -> dict[str, Any]:
    line = {
        "invoice_number": invoice,
        "stock_code": code,
        "quantity": quantity,
        "unit_price": Decimal(price),
        "invoiced_at": at,
    }
    return {**line, "line_id": str(next(LINE_NUMBERS)), "customer_id": customer, "country": country}


RAW: dict[str, list[dict[str, Any]]] = {
    **SHOP,
    "hubspot_contacts": [
        {
            "id": 7,
            "merged_contact_ids": "3:1700000000;7:1;bad; 4",
            "archived": False,
            "created_at": T,
            "updated_at": T,
        },
    ],
    "hubspot_deals": [
        {
            **DEAL,
            "id": 1,
            "amount": 10,
            "deal_currency_code": "usd",
            "hs_is_closed": True,
            "hs_is_closed_won": False,
            "createdate": LATER,
            "contacts": json.dumps({"id": "12", "type": "a"}),  # one, without a list around it
        },
        {
            **DEAL,
            "id": 2,
            "contacts": json.dumps(
                [{"id": "7", "type": "a"}, {"id": "7", "type": "b"}, {"id": "12", "type": "a"}]
            ),
        },
    ],
    "meta_ads_campaign_days": [
        {**META_DAY, "spend": Decimal("1.00")},
        {
            **META_DAY,
            "spend": Decimal("12.34"),
            "inline_link_clicks": 7,
            "actions": json.dumps(ACTIONS),
        },
        {**META_DAY, "campaign_id": 3, "spend": Decimal("0.00")},
    ],
    "web_events": [
        event("m1", anonymous_id="d1", page_url="first"),
        event("m1", anonymous_id="d1", page_url="again"),
        event("m2", anonymous_id="d1", at=datetime(2031, 1, 1)),
        event("m3", anonymous_id="d1", user_id="1", email="old@example.com"),
        event("m4", anonymous_id="d1", user_id="1", email="new@example.com", at=LATER),
        event("m5", anonymous_id="d1", user_id="1", at=LATER),
        event("m6", anonymous_id="d2", email="News@Example.com"),
        event("m7"),
        event("m8", user_id="2"),
    ],
    "google_ads_campaign_days": [
        {**CAMPAIGN_DAY, "cost_micros": 1},
        {**CAMPAIGN_DAY, "cost_micros": 12_345_678},
    ],
    "ecb_rates": [
        {"date": date(2024, 5, 1), "usd": Decimal("1.08"), "jpy": None},
        {"date": date(2024, 5, 1), "usd": Decimal("1.09"), "jpy": None},
    ],
    "consent_records": [
        {
            **DECISION,
            "record_id": "c1",
            "contact_point_type": "Email",
            "contact_point": " Ann@Example.com",
            "state": "granted",
        },
        {
            **DECISION,
            "record_id": "c2",
            "contact_point_type": "phone",
            "contact_point": " 0151 2",
            "state": "Withdrawn",
        },
    ],
    "cdnow_purchases": [
        {
            "purchase_id": "1",
            "customer_id": "9",
            "purchased_on": date(1997, 1, 12),
            "discs": 3,
            "dollars": Decimal("38.54"),
        },
        {
            "purchase_id": "2",
            "customer_id": "9",
            "purchased_on": date(1997, 2, 1),
            "discs": 1,
            "dollars": Decimal("0.00"),
        },
    ],
    "online_retail_invoice_lines": [
        ledger("1", 10, "2.00"),
        ledger("1", 1, "5.00", code="POST"),
        ledger("1", 0, "0.001", code="PADS"),
        ledger("2", 5, "3.00", at=LATER, country="EIRE"),
        ledger("C3", -12, "2.50", at=LATER),
        ledger("4", 9, "2.00", at=LATEST),
        ledger("C5", -4, "3.00", at=LATEST),
        ledger("C6", -1, "5.00", code="POST", customer="8"),
        ledger("7", 1, "8.00", code="gift_0001_10", customer=None),
        ledger("8", -30, "0.000", customer=None),
        ledger("9", 1, "99.00", code="m"),
        ledger("A10", 1, "-9.00", code="B", customer=None),
        ledger("C11", -1, "7.00", code="AMAZONFEE", customer=None),
    ],
}


def rows(staging: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    return staging.execute(query).fetchall()
