"""A shop small enough to reckon by hand. See the figures beside each order; times are UTC.

Anna buys twice (once as a guest, with her address in other letters), Ben once; a test order and
a voided one are no revenue; Cara is a lead who never bought, but whom the sales team has a deal
with. Ben disputed what he paid and lost; one unit of tea costs the shop 12 EUR from June on and
cost 10 before that, and Meta took 30.50 EUR for an advertisement.
"""

import json
from pathlib import Path
from typing import Any

from shop_records import charge, contact, customer, deal, movement, order, product

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
# Margin share of each order (goods less cost, over goods) and what it leaves of the revenue of
# goods in EUR (shipping leaves nothing):
# 1 − 3 × 12.00 / 90.00 = .6 of 90.00; 1 − 12.00 × 1.10 / 110.00 = .88 of 80.00; 1 − 2 × 12.00 × 160
# / 8000 = .52 of 50.00
MARGINS = {"#1001": ("0.6000", "54.00"), "#1002": ("0.8800", "70.40"), "#1005": ("0.5200", "26.00")}
AD_SPEND = "30.500000"


def deliver_small_shop(extracts: Path, day: str = "2026-06-30") -> None:
    """Write the extracts, one file per table."""
    anna, ben = {"id": 1}, {"id": 2}
    refund = movement(
        2, 1002, "refund", "22.00", "USD", "2026-06-12", "ch_2", id=203, parent_id=202
    )
    tables: dict[str, list[dict[str, Any]]] = {
        "shopify/customers": [
            customer(1, "anna@example.com", "Anna"),
            customer(2, "ben@example.com", "Ben"),
        ],
        "shopify/orders": [
            order(
                1001,
                "2026-06-01",
                "EUR",
                [(2, "40.00"), (1, "20.00")],
                customer=anna,
                email="anna@example.com",
                discount=10.0,
                shipping=5.0,
            ),
            order(
                1002,
                "2026-06-10",
                "USD",
                [(1, "110.00")],
                email=" ANNA@Example.com",
                financial_status="partially_refunded",
            ),
            order(
                1003,
                "2026-06-15",
                "EUR",
                [(1, "50.00")],
                customer=ben,
                email="ben@example.com",
                test=True,
            ),
            order(
                1004,
                "2026-06-20",
                "EUR",
                [(1, "60.00")],
                customer=ben,
                email="ben@example.com",
                financial_status="voided",
            ),
            order(1005, "2026-06-21", "JPY", [(2, "4000")], customer=ben, email="ben@example.com"),
        ],
        "shopify/transactions": [
            movement(201, 1001, "sale", "95.00", "EUR", "2026-06-01", "ch_1"),
            movement(202, 1002, "sale", "110.00", "USD", "2026-06-10", "ch_2"),
            refund,
            movement(204, 1003, "sale", "50.00", "EUR", "2026-06-15", None, test=True),
            movement(205, 1004, "authorization", "60.00", "EUR", "2026-06-20", None),
            movement(206, 1004, "void", "60.00", "EUR", "2026-06-20", None, parent_id=205),
            movement(207, 1005, "sale", "8000", "JPY", "2026-06-21", "ch_3"),
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
        "shopify/products": [product()],
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
            charge("ch_1", 1001, 9500, "eur", 1780304460, customer="cus_1"),
            charge("ch_2", 1002, 11000, "usd", 1781082060, refunded=2200),
            charge("ch_3", 1005, 8000, "jpy", 1782032460, disputed=True),
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
            contact(51, "anna@example.com", "customer"),
            contact(52, "cara@example.com", "lead"),
        ],
        "hubspot/deals": [deal(61, 52)],
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
