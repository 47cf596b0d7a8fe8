"""A shop small enough to reckon by hand. See the figures beside each order; times are UTC.

Anna buys twice (once as a guest, with her address in other letters), Ben once; a test order and a voided one are no revenue; Cara is a
lead who never bought.
"""

import json
from pathlib import Path
from typing import Any

SETTINGS = """
shop: {name: Small shop, time_zone: Europe/Berlin}
reporting_currency: EUR
gross_margin: 0.45
as_of: latest_extract
minimum_free_disk_gib: 0
sources:
  shopify: {enabled: true, required: true, freshness_days: 60}
  stripe: {enabled: true, freshness_days: 60}
  hubspot: {enabled: true, freshness_days: 60}
  ecb: {enabled: true}
  consent: {enabled: true, freshness_days: 60}
destinations:
  hubspot: {enabled: true, base_url: sandbox, secret: TEST_HUBSPOT_TOKEN}
  postgres: {enabled: false}
"""

# Revenue in EUR: 95.00 + (110.00 − 22.00) / 1.10 + 8000 / 160.00 = 95.00 + 80.00 + 50.00
REVENUE, REFUNDS, REVENUE_ORDERS, CUSTOMERS = "225.00", "20.00", 3, 3


def _customer(number: int, email: str, name: str) -> dict[str, Any]:
    times = {"created_at": "2026-05-01T08:00:00Z", "updated_at": "2026-05-01T08:00:00Z"}
    return {"id": number, "email": email, "first_name": name, "last_name": "Muster", "state": "enabled", **times}


def _order(number: int, day: str, currency: str, lines: list[tuple[int, str]], **given: Any) -> dict[str, Any]:
    lines_total = sum(quantity * float(price) for quantity, price in lines)
    discount, shipping = given.pop("discount", 0.0), given.pop("shipping", 0.0)
    digits = 0 if currency == "JPY" else 2
    at = f"{day}T09:00:00Z"
    return {
        "id": number,
        "name": f"#{number}",
        "currency": currency,
        "financial_status": "paid",
        "test": False,
        "source_name": "web",
        "total_line_items_price": f"{lines_total:.{digits}f}",
        "total_discounts": f"{discount:.{digits}f}",
        "total_shipping_price_set": {"shop_money": {"amount": f"{shipping:.{digits}f}", "currency_code": currency}},
        "total_tax": f"{0:.{digits}f}",
        "total_price": f"{lines_total + shipping - discount:.{digits}f}",
        "line_items": [
            {"id": number * 100 + n, "product_id": 7, "sku": "A-7", "title": "Tea", "quantity": q, "price": p, "gift_card": False}
            for n, (q, p) in enumerate(lines)
        ],
        "processed_at": at,
        "created_at": at,
        "updated_at": at,
        **given,
    }


def _movement(number: int, order: int, kind: str, amount: str, currency: str, day: str, charge: str | None, **given: Any) -> dict[str, Any]:
    return {
        "id": number,
        "order_id": order,
        "kind": kind,
        "status": "success",
        "gateway": "stripe",
        "amount": amount,
        "currency": currency,
        "authorization": charge,
        "test": False,
        "created_at": f"{day}T09:01:00Z",
        **given,
    }


def _charge(name: str, order: int, amount: int, currency: str, created: int, refunded: int = 0) -> dict[str, Any]:
    return {
        "id": name,
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": refunded,
        "currency": currency,
        "status": "succeeded",
        "captured": True,
        "disputed": False,
        "livemode": True,
        "metadata": {"order_id": str(order)},
        "created": created,
    }


def deliver_small_shop(extracts: Path, day: str = "2026-06-30") -> None:
    """Write the extracts, one file per table."""
    anna, ben = {"id": 1}, {"id": 2}
    refund = _movement(2, 1002, "refund", "22.00", "USD", "2026-06-12", "ch_2", id=203, parent_id=202)
    tables: dict[str, list[dict[str, Any]]] = {
        "shopify/customers": [_customer(1, "anna@example.com", "Anna"), _customer(2, "ben@example.com", "Ben")],
        "shopify/orders": [
            _order(
                1001,
                "2026-06-01",
                "EUR",
                [(2, "40.00"), (1, "20.00")],
                customer=anna,
                email="anna@example.com",
                discount=10.0,
                shipping=5.0,
            ),
            _order(1002, "2026-06-10", "USD", [(1, "110.00")], email=" ANNA@Example.com", financial_status="partially_refunded"),
            _order(1003, "2026-06-15", "EUR", [(1, "50.00")], customer=ben, email="ben@example.com", test=True),
            _order(1004, "2026-06-20", "EUR", [(1, "60.00")], customer=ben, email="ben@example.com", financial_status="voided"),
            _order(1005, "2026-06-21", "JPY", [(2, "4000")], customer=ben, email="ben@example.com"),
        ],
        "shopify/transactions": [
            _movement(201, 1001, "sale", "95.00", "EUR", "2026-06-01", "ch_1"),
            _movement(202, 1002, "sale", "110.00", "USD", "2026-06-10", "ch_2"),
            refund,
            _movement(204, 1003, "sale", "50.00", "EUR", "2026-06-15", None, test=True),
            _movement(205, 1004, "authorization", "60.00", "EUR", "2026-06-20", None),
            _movement(206, 1004, "void", "60.00", "EUR", "2026-06-20", None, parent_id=205),
            _movement(207, 1005, "sale", "8000", "JPY", "2026-06-21", "ch_3"),
        ],
        "shopify/refunds": [
            {"id": 301, "order_id": 1002, "refund_line_items": [], "transactions": [refund], "created_at": "2026-06-12T09:01:00Z"}
        ],
        "stripe/charges": [
            _charge("ch_1", 1001, 9500, "eur", 1780304460),
            _charge("ch_2", 1002, 11000, "usd", 1781082060, refunded=2200),
            _charge("ch_3", 1005, 8000, "jpy", 1782032460),
        ],
        "hubspot/contacts": [
            _contact(51, "anna@example.com", "customer"),
            _contact(52, "cara@example.com", "lead"),
        ],
        "consent/records": [
            {
                "record_id": f"k{number}",
                "contact_point_type": "email",
                "contact_point": f"{name}@example.com",
                "channel": "email",
                "purpose": "marketing",
                "state": state,
                "recorded_at": "2026-05-01T08:00:00Z",
            }
            for number, (name, state) in enumerate((("anna", "granted"), ("ben", "withdrawn")))
        ],
    }
    for name, rows in tables.items():
        path = extracts / f"{name}-{day}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (extracts / "ecb").mkdir(exist_ok=True)
    rates = "Date,USD,JPY,\n" + "".join(f"2026-06-{d:02d},1.1000,160.00,\n" for d in range(1, 31))
    (extracts / "ecb" / f"rates-{day}.csv").write_text(rates, encoding="utf-8")


def _contact(number: int, email: str, stage: str) -> dict[str, Any]:
    times = {"createdAt": "2026-05-02T08:00:00Z", "updatedAt": "2026-06-29T08:00:00Z"}
    return {"id": str(number), "properties": {"email": email, "lifecyclestage": stage}, "archived": False, **times}
