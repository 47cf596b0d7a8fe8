"""Raw rows of the shop and of its payment provider."""

import json
from datetime import datetime
from typing import Any

T = datetime(2024, 5, 1, 12)
LATER = datetime(2024, 5, 2, 12)
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

SHOP: dict[str, list[dict[str, Any]]] = {
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
        {"id": "cus_3", "email": "gone@example.com", "created": T},
        {"id": "cus_3", "deleted": True},
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
}
