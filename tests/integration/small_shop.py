"""A shop small enough to reckon by hand. See the figures beside each order; times are UTC.

Anna buys twice (once as a guest, with her address in other letters), Ben once; a test order and
a voided one are no revenue; Cara is a lead who never bought, but whom the sales team has a deal
with. Ben disputed what he paid and lost; one unit of tea costs the shop 12 EUR from June on and
cost 10 before that, and Meta took 30.50 EUR for an advertisement.
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
  meta_ads: {enabled: true, freshness_days: 60}
destinations:
  hubspot: {enabled: true, base_url: sandbox, secret: TEST_HUBSPOT_TOKEN}
  postgres: {enabled: false}
"""

# Revenue in EUR: 95.00 + (110.00 − 22.00) / 1.10 + 8000 / 160.00 = 95.00 + 80.00 + 50.00
REVENUE, REFUNDS, REVENUE_ORDERS, CUSTOMERS = "225.00", "20.00", 3, 3
# Margin share of each order (goods less cost, over goods) and what it leaves of the revenue in EUR:
# 1 − 3 × 12.00 / 90.00 = .6 of 95.00; 1 − 12.00 × 1.10 / 110.00 = .88 of 80.00; 1 − 2 × 12.00 × 160
# / 8000 = .52 of 50.00
MARGINS = {"#1001": ("0.6000", "57.00"), "#1002": ("0.8800", "70.40"), "#1005": ("0.5200", "26.00")}
AD_SPEND = "30.500000"


def _customer(number: int, email: str, name: str) -> dict[str, Any]:
    times = {"created_at": "2026-05-01T08:00:00Z", "updated_at": "2026-05-01T08:00:00Z"}
    return {
        "id": number,
        "email": email,
        "first_name": name,
        "last_name": "Muster",
        "state": "enabled",
        **times,
    }


def _order(
    number: int, day: str, currency: str, lines: list[tuple[int, str]], **given: Any
) -> dict[str, Any]:
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
        "total_shipping_price_set": {
            "shop_money": {"amount": f"{shipping:.{digits}f}", "currency_code": currency}
        },
        "total_tax": f"{0:.{digits}f}",
        "total_price": f"{lines_total + shipping - discount:.{digits}f}",
        "line_items": [
            {
                "id": number * 100 + n,
                "product_id": 7,
                "variant_id": 70,
                "sku": "A-7",
                "title": "Tea",
                "quantity": q,
                "price": p,
                "gift_card": False,
            }
            for n, (q, p) in enumerate(lines)
        ],
        "processed_at": at,
        "created_at": at,
        "updated_at": at,
        **given,
    }


def _movement(
    number: int,
    order: int,
    kind: str,
    amount: str,
    currency: str,
    day: str,
    charge: str | None,
    **given: Any,
) -> dict[str, Any]:
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


def _charge(
    name: str, order: int, amount: int, currency: str, created: int, refunded: int = 0, **given: Any
) -> dict[str, Any]:
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
        **given,
    }


def _product() -> dict[str, Any]:
    variant = {
        "id": 70,
        "title": "Default Title",
        "sku": "A-7",
        "price": "40.00",
        "inventory_item_id": 71,
        "position": 1,
    }
    times = {"created_at": "2026-01-01T08:00:00Z", "updated_at": "2026-01-01T08:00:00Z"}
    return {
        "id": 7,
        "title": "Tea",
        "product_type": "Drinks",
        "vendor": "Hauswerk",
        "status": "active",
        "variants": [variant],
        **times,
    }


def _deal(number: int, contact: int) -> dict[str, Any]:
    properties = {
        "dealname": "Office tea",
        "amount": "500.00",
        "pipeline": "default",
        "dealstage": "qualifiedtobuy",
    }
    times = {"createdAt": "2026-06-02T08:00:00Z", "updatedAt": "2026-06-20T08:00:00Z"}
    associations = {"contacts": {"results": [{"id": str(contact), "type": "deal_to_contact"}]}}
    return {
        "id": str(number),
        "properties": properties,
        "associations": associations,
        "archived": False,
        **times,
    }


def deliver_small_shop(extracts: Path, day: str = "2026-06-30") -> None:
    """Write the extracts, one file per table."""
    anna, ben = {"id": 1}, {"id": 2}
    refund = _movement(
        2, 1002, "refund", "22.00", "USD", "2026-06-12", "ch_2", id=203, parent_id=202
    )
    tables: dict[str, list[dict[str, Any]]] = {
        "shopify/customers": [
            _customer(1, "anna@example.com", "Anna"),
            _customer(2, "ben@example.com", "Ben"),
        ],
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
            _order(
                1002,
                "2026-06-10",
                "USD",
                [(1, "110.00")],
                email=" ANNA@Example.com",
                financial_status="partially_refunded",
            ),
            _order(
                1003,
                "2026-06-15",
                "EUR",
                [(1, "50.00")],
                customer=ben,
                email="ben@example.com",
                test=True,
            ),
            _order(
                1004,
                "2026-06-20",
                "EUR",
                [(1, "60.00")],
                customer=ben,
                email="ben@example.com",
                financial_status="voided",
            ),
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
            {
                "id": 301,
                "order_id": 1002,
                "refund_line_items": [],
                "transactions": [refund],
                "created_at": "2026-06-12T09:01:00Z",
            }
        ],
        "shopify/products": [_product()],
        "shopify/inventory_items": [
            {
                "id": 71,
                "sku": "A-7",
                "cost": cost,
                "created_at": "2026-01-01T08:00:00Z",
                "updated_at": at,
            }
            for cost, at in (("10.00", "2026-01-01T08:00:00Z"), ("12.00", "2026-05-31T22:00:00Z"))
        ],
        "stripe/charges": [
            _charge("ch_1", 1001, 9500, "eur", 1780304460, customer="cus_1"),
            _charge("ch_2", 1002, 11000, "usd", 1781082060, refunded=2200),
            _charge("ch_3", 1005, 8000, "jpy", 1782032460, disputed=True),
        ],
        "stripe/refunds": [
            {
                "id": "re_1",
                "charge": "ch_2",
                "amount": 2200,
                "currency": "usd",
                "status": "succeeded",
                "created": 1781254860,
            }
        ],
        "stripe/disputes": [
            {
                **{
                    "id": "dp_1",
                    "charge": "ch_3",
                    "amount": 8000,
                    "currency": "jpy",
                    "status": "won",
                    "livemode": True,
                },
                "balance_transactions": [
                    {
                        "amount": -5000,
                        "fee": 2000,
                        "currency": "eur",
                        "reporting_category": "dispute",
                    },
                    {
                        "amount": 5000,
                        "fee": 0,
                        "currency": "eur",
                        "reporting_category": "dispute_reversal",
                    },
                ],
                "created": 1782118860,
            }
        ],
        "stripe/customers": [
            {
                "id": "cus_1",
                "email": "anna@example.com",
                "name": "Anna Muster",
                "livemode": True,
                "created": 1780304400,
            }
        ],
        "hubspot/contacts": [
            _contact(51, "anna@example.com", "customer"),
            _contact(52, "cara@example.com", "lead"),
        ],
        "hubspot/deals": [_deal(61, 52)],
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
    (extracts / "meta_ads").mkdir(exist_ok=True)
    header = (
        "account_id,account_currency,campaign_id,campaign_name,date_start,date_stop,"
        "impressions,clicks,spend"
    )
    day_row = f"1,EUR,2,spring,{day},{day},1000,12,30.50"
    (extracts / "meta_ads" / f"campaign_days-{day}.csv").write_text(
        f"{header}\n{day_row}\n", encoding="utf-8"
    )
    (extracts / "ecb").mkdir(exist_ok=True)
    rates = "Date,USD,JPY,\n" + "".join(f"2026-06-{d:02d},1.1000,160.00,\n" for d in range(1, 31))
    (extracts / "ecb" / f"rates-{day}.csv").write_text(rates, encoding="utf-8")


def _contact(number: int, email: str, stage: str) -> dict[str, Any]:
    times = {"createdAt": "2026-05-02T08:00:00Z", "updatedAt": "2026-06-29T08:00:00Z"}
    return {
        "id": str(number),
        "properties": {"email": email, "lifecyclestage": stage},
        "archived": False,
        **times,
    }
