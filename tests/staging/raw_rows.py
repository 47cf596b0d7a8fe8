"""The raw rows that staging is tried on: versions, tombstones and dirt, by table.

What a row does not say is null.
"""

import json
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import duckdb

T = datetime(2024, 5, 1, 12)
LATER = datetime(2024, 5, 2, 12)
LATEST = datetime(2024, 5, 3, 12)
LINE_NUMBERS = count(1)
ORDER = {
    "name": "#1",
    "currency": "eur",
    "test": False,
    "total_line_items_price": 20,
    "total_discounts": 1,
    "total_tax": 2,
    "total_price": 26,
    "line_items": "[]",
    "processed_at": T,
    "created_at": T,
}
CHARGE = {
    "amount_captured": 0,
    "amount_refunded": 0,
    "status": "succeeded",
    "captured": True,
    "disputed": False,
    "livemode": True,
    "created": T,
}
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
LINES = [
    {
        "id": 11,
        "product_id": 7,
        "sku": " ",
        "title": "Mug",
        "quantity": 2,
        "price": "10.00",
        "total_discount": "1.00",
        "gift_card": False,
    },
    {
        "id": 12,
        "product_id": 8,
        "sku": "B",
        "name": "Card",
        "title": "x",
        "quantity": 1,
        "price": "0.01",
        "gift_card": True,
    },
]
REFUND_MOVES = [
    {"kind": "refund", "status": "success", "amount": "3.10", "currency": "EUR"},
    {"kind": "refund", "status": "success", "amount": "0.90", "currency": "EUR"},
    {"kind": "refund", "status": "failure", "amount": "99.00", "currency": "EUR"},
]
VARIANTS = [
    {
        "id": 21,
        "title": "Default Title",
        "sku": "B",
        "price": "0.01",
        "inventory_item_id": 31,
        "position": 1,
    },
    {
        "id": 22,
        "title": "Large",
        "sku": " ",
        "price": "9.90",
        "inventory_item_id": 32,
        "position": 2,
    },
]
WITHDRAWN = {"amount": -2032, "fee": 1500, "currency": "usd", "reporting_category": "dispute"}
RETURNED = {"amount": 2032, "fee": 0, "currency": "usd", "reporting_category": "dispute_reversal"}
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
    "shopify_customers": [
        {
            "id": 1,
            "email": " New@Example.com ",
            "country_code": "de",
            "created_at": T,
            "updated_at": LATER,
        },
        {"id": 1, "email": "old@example.com", "created_at": T, "updated_at": T},
        {"id": 2, "email": "first@example.com", "created_at": T, "updated_at": T},
        {"id": 2, "email": "second@example.com", "created_at": T, "updated_at": T},
        {
            "id": 3,
            "email": "line one",
            "created_at": T,
            "updated_at": T,
            "_arrival": 9,
            "_line_number": 1,
        },
        {
            "id": 3,
            "email": "line two",
            "created_at": T,
            "updated_at": T,
            "_arrival": 9,
            "_line_number": 2,
        },
    ],
    "shopify_orders": [
        {"id": 5, "customer_id": 1, "updated_at": LATER, **ORDER, "line_items": json.dumps(LINES)},
        {"id": 5, "customer_id": 1, "updated_at": T, **ORDER, "line_items": json.dumps(LINES[:1])},
    ],
    "shopify_refunds": [
        {"id": 8, "order_id": 5, "transactions": json.dumps(REFUND_MOVES), "created_at": LATER},
        {"id": 9, "order_id": 5, "transactions": "[]", "created_at": LATER},
    ],
    "shopify_products": [
        {"id": 7, "title": "Old", "variants": "[]", "created_at": T, "updated_at": T},
        {
            "id": 7,
            "title": "Mug",
            "product_type": " ",
            "variants": json.dumps(VARIANTS),
            "created_at": T,
            "updated_at": LATER,
        },
    ],
    "shopify_inventory_items": [
        {"id": 31, "cost": 4, "created_at": T, "updated_at": datetime(2024, 5, 1)},
        {"id": 31, "cost": 4, "created_at": T, "updated_at": datetime(2024, 5, 2)},
        {"id": 31, "cost": 5, "created_at": T, "updated_at": datetime(2024, 5, 3)},
        {"id": 31, "cost": 6, "created_at": T, "updated_at": datetime(2024, 5, 3)},
        {"id": 31, "cost": None, "created_at": T, "updated_at": datetime(2024, 5, 4)},
        {"id": 32, "cost": None, "created_at": T, "updated_at": T},
    ],
    "stripe_refunds": [
        {
            "id": "re_1",
            "charge": "ch_eur",
            "amount": 32,
            "currency": "eur",
            "status": "pending",
            "created": T,
        },
        {
            "id": "re_1",
            "charge": "ch_eur",
            "amount": 32,
            "currency": "eur",
            "status": "succeeded",
            "created": T,
        },
        {"id": "re_2", "charge": "ch_jpy", "amount": 500, "currency": "jpy", "created": T},
    ],
    "stripe_disputes": [
        {
            **{
                "id": "dp_1",
                "charge": "ch_eur",
                "amount": 2000,
                "currency": "eur",
                "status": "Won",
                "livemode": True,
                "created": T,
            },
            "balance_transactions": json.dumps([WITHDRAWN, RETURNED]),
            "evidence_submissions": 1,
        },
        {
            "id": "dp_2",
            "charge": "ch_jpy",
            "amount": 500,
            "currency": "jpy",
            "status": "lost",
            "livemode": True,
            "created": T,
        },
    ],
    "stripe_customers": [
        {
            "id": "cus_1",
            "email": "Ann@Example.com",
            "name": "Ann Marie Doe",
            "country": "de",
            "city": "Bonn",
            "created": T,
        },
        {"id": "cus_2", "name": "Cher", "phone": "0151 2", "created": T},
    ],
    "stripe_charges": [
        {
            "id": "ch_eur",
            "amount": 2032,
            "currency": "eur",
            "order_id": "5",
            "billing_name": "Ann Marie Doe",
            **CHARGE,
        },
        {
            "id": "ch_jpy",
            "amount": 500,
            "currency": "jpy",
            "receipt_email": "r@example.com",
            **CHARGE,
        },
        {"id": "ch_kwd", "amount": 5120, "currency": "kwd", "billing_name": "Ann", **CHARGE},
        {"id": "ch_isk", "amount": 500, "currency": "isk", **CHARGE},
    ],
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
