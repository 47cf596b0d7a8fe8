"""What staging decides: which version of a record counts, how money and time become comparable, who a record names."""

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

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
    {"id": 11, "product_id": 7, "sku": " ", "title": "Mug", "quantity": 2, "price": "10.00", "total_discount": "1.00", "gift_card": False},
    {"id": 12, "product_id": 8, "sku": "B", "name": "Card", "title": "x", "quantity": 1, "price": "0.01", "gift_card": True},
]
REFUND_MOVES = [
    {"kind": "refund", "status": "success", "amount": "3.10", "currency": "EUR"},
    {"kind": "refund", "status": "success", "amount": "0.90", "currency": "EUR"},
    {"kind": "refund", "status": "failure", "amount": "99.00", "currency": "EUR"},
]
VARIANTS = [
    {"id": 21, "title": "Default Title", "sku": "B", "price": "0.01", "inventory_item_id": 31, "position": 1},
    {"id": 22, "title": "Large", "sku": " ", "price": "9.90", "inventory_item_id": 32, "position": 2},
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


RAW: dict[str, list[dict[str, Any]]] = {
    "shopify_customers": [
        {"id": 1, "email": " New@Example.com ", "country_code": "de", "created_at": T, "updated_at": LATER},
        {"id": 1, "email": "old@example.com", "created_at": T, "updated_at": T},
        {"id": 2, "email": "first@example.com", "created_at": T, "updated_at": T},
        {"id": 2, "email": "second@example.com", "created_at": T, "updated_at": T},
        {"id": 3, "email": "line one", "created_at": T, "updated_at": T, "_arrival": 9, "_line_number": 1},
        {"id": 3, "email": "line two", "created_at": T, "updated_at": T, "_arrival": 9, "_line_number": 2},
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
        {"id": 7, "title": "Mug", "product_type": " ", "variants": json.dumps(VARIANTS), "created_at": T, "updated_at": LATER},
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
        {"id": "re_1", "charge": "ch_eur", "amount": 32, "currency": "eur", "status": "pending", "created": T},
        {"id": "re_1", "charge": "ch_eur", "amount": 32, "currency": "eur", "status": "succeeded", "created": T},
        {"id": "re_2", "charge": "ch_jpy", "amount": 500, "currency": "jpy", "created": T},
    ],
    "stripe_disputes": [
        {
            **{"id": "dp_1", "charge": "ch_eur", "amount": 2000, "currency": "eur", "status": "Won", "livemode": True, "created": T},
            "balance_transactions": json.dumps([WITHDRAWN, RETURNED]),
            "evidence_submissions": 1,
        },
        {"id": "dp_2", "charge": "ch_jpy", "amount": 500, "currency": "jpy", "status": "lost", "livemode": True, "created": T},
    ],
    "stripe_customers": [
        {"id": "cus_1", "email": "Ann@Example.com", "name": "Ann Marie Doe", "country": "de", "city": "Bonn", "created": T},
        {"id": "cus_2", "name": "Cher", "phone": "0151 2", "created": T},
    ],
    "stripe_charges": [
        {"id": "ch_eur", "amount": 2032, "currency": "eur", "order_id": "5", "billing_name": "Ann Marie Doe", **CHARGE},
        {"id": "ch_jpy", "amount": 500, "currency": "jpy", "receipt_email": "r@example.com", **CHARGE},
        {"id": "ch_kwd", "amount": 5120, "currency": "kwd", "billing_name": "Ann", **CHARGE},
        {"id": "ch_isk", "amount": 500, "currency": "isk", **CHARGE},
    ],
    "hubspot_contacts": [
        {"id": 7, "merged_contact_ids": "3:1700000000;7:1;bad; 4", "archived": False, "created_at": T, "updated_at": T},
    ],
    "hubspot_deals": [
        {**DEAL, "id": 1, "amount": 10, "deal_currency_code": "usd", "hs_is_closed": True, "hs_is_closed_won": False, "createdate": LATER},
        {**DEAL, "id": 2, "contacts": json.dumps([{"id": "7", "type": "a"}, {"id": "7", "type": "b"}, {"id": "12", "type": "a"}])},
    ],
    "meta_ads_campaign_days": [
        {**META_DAY, "spend": Decimal("1.00")},
        {**META_DAY, "spend": Decimal("12.34"), "inline_link_clicks": 7, "actions": json.dumps(ACTIONS)},
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
        {**DECISION, "record_id": "c1", "contact_point_type": "Email", "contact_point": " Ann@Example.com", "state": "granted"},
        {**DECISION, "record_id": "c2", "contact_point_type": "phone", "contact_point": " 0151 2", "state": "Withdrawn"},
    ],
    "cdnow_purchases": [
        {"purchase_id": "1", "customer_id": "9", "purchased_on": date(1997, 1, 12), "discs": 3, "dollars": Decimal("38.54")},
        {"purchase_id": "2", "customer_id": "9", "purchased_on": date(1997, 2, 1), "discs": 1, "dollars": Decimal("0.00")},
    ],
}


@pytest.fixture(scope="module")
def staging(stage: Callable[[Any], duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection:
    return stage(RAW)


def rows(staging: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    return staging.execute(query).fetchall()


def test_latest_version_by_version_column_then_arrival_then_line(staging: duckdb.DuckDBPyConnection) -> None:
    query = "select identifiers['email'] from staging.stg_shopify__customers order by record_id"
    assert rows(staging, query) == [("New@Example.com",), ("second@example.com",), ("line two",)]


def test_lines_come_from_the_latest_version_of_an_order(staging: duckdb.DuckDBPyConnection) -> None:
    columns = "order_line_id, order_id, sku, product_name, quantity, unit_amount, discount_amount, is_gift_card"
    query = f"select {columns} from staging.stg_shopify__order_lines"
    assert sorted(rows(staging, query)) == [
        ("shopify:11", "shopify:5", None, "Mug", 2, Decimal("10.000"), Decimal("1.000"), False),
        ("shopify:12", "shopify:5", "B", "Card", 1, Decimal("0.010"), Decimal("0.000"), True),
    ]


def test_a_refund_is_the_sum_of_its_successful_movements(staging: duckdb.DuckDBPyConnection) -> None:
    query = "select refund_id, amount, currency_code from staging.stg_shopify__refunds order by 1"
    assert rows(staging, query) == [("shopify:8", Decimal("4.000"), "EUR"), ("shopify:9", Decimal("0.000"), None)]


def test_minor_units_become_major_by_currency(staging: duckdb.DuckDBPyConnection) -> None:
    found = dict(rows(staging, "select charge_id, amount from staging.stg_stripe__charges"))
    assert found == {"ch_eur": Decimal("20.320"), "ch_jpy": 500, "ch_kwd": Decimal("5.120"), "ch_isk": 5}


def test_a_charge_names_its_payer(staging: duckdb.DuckDBPyConnection) -> None:
    found = rows(staging, "select charge_id, first_name, last_name, identifiers, order_id from staging.stg_stripe__charges order by 1")
    assert found[0] == ("ch_eur", "Ann Marie", "Doe", {}, "shopify:5")
    assert found[2] == ("ch_jpy", None, None, {"email": "r@example.com"}, None)
    assert found[3][1:3] == (None, "Ann")


def test_refunds_and_disputes_are_in_major_units_and_a_dispute_is_booked_in_the_accounts_currency(
    staging: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(staging, "select charge_refund_id, amount, currency_code, status from staging.stg_stripe__refunds order by 1")
    assert found == [("re_1", Decimal("0.320"), "EUR", "succeeded"), ("re_2", Decimal("500.000"), "JPY", "succeeded")]
    columns = "status, amount, currency_code, withdrawn_amount, returned_amount, fee_amount, account_currency_code, is_answered"
    assert rows(staging, f"select {columns} from staging.stg_stripe__disputes order by dispute_id") == [
        ("won", Decimal("20.000"), "EUR", Decimal("20.320"), Decimal("20.320"), Decimal("15.000"), "USD", True),
        ("lost", Decimal("500.000"), "JPY", None, None, None, None, False),
    ]


def test_a_stored_card_names_its_owner(staging: duckdb.DuckDBPyConnection) -> None:
    columns = "record_id, identifiers, first_name, last_name, country_code, city"
    assert rows(staging, f"select {columns} from staging.stg_stripe__customers order by 1") == [
        (
            *("stripe_customers:cus_1", {"stripe_customer_id": "cus_1", "email": "Ann@Example.com"}),
            *("Ann Marie", "Doe", "DE", "Bonn"),
        ),
        ("stripe_customers:cus_2", {"stripe_customer_id": "cus_2", "phone": "0151 2"}, None, "Cher", None, None),
    ]


def test_variants_come_from_the_latest_version_of_a_product(staging: duckdb.DuckDBPyConnection) -> None:
    assert rows(staging, "select product_id, product_name, product_type from staging.stg_shopify__products") == [("7", "Mug", None)]
    columns = "variant_id, product_id, variant_name, sku, inventory_item_id, price_amount, currency_code"
    assert rows(staging, f"select {columns} from staging.stg_shopify__variants order by 1") == [
        ("21", "7", None, "B", "31", Decimal("0.010"), "EUR"),
        ("22", "7", "Large", None, "32", Decimal("9.900"), "EUR"),
    ]


def test_a_cost_holds_until_the_next_one_and_the_first_since_ever(staging: duckdb.DuckDBPyConnection) -> None:
    columns = "inventory_item_id, unit_cost_amount, valid_from, valid_to"
    assert rows(staging, f"select {columns} from staging.stg_shopify__inventory_costs order by 2") == [
        ("31", Decimal("4.000"), None, datetime(2024, 5, 3)),
        ("31", Decimal("6.000"), datetime(2024, 5, 3), datetime(2024, 5, 4)),
    ]


def test_a_deal_names_its_contacts_once_and_is_in_the_shops_currency_unless_it_says_so(staging: duckdb.DuckDBPyConnection) -> None:
    columns = "deal_id, currency_code, is_closed, is_won, opened_at"
    assert rows(staging, f"select {columns} from staging.stg_hubspot__deals order by 1") == [
        ("hubspot:1", "USD", True, False, LATER),
        ("hubspot:2", "EUR", False, False, T),
    ]
    assert rows(staging, "select deal_id, record_id from staging.stg_hubspot__deal_contacts order by contact_number") == [
        ("hubspot:2", "hubspot_contacts:7"),
        ("hubspot:2", "hubspot_contacts:12"),
    ]


def test_contacts_merged_in_the_crm_are_statements(staging: duckdb.DuckDBPyConnection) -> None:
    found = rows(staging, "select record_id, merged_record_id from staging.stg_hubspot__merges order by 2")
    assert found == [("hubspot_contacts:7", "hubspot_contacts:3"), ("hubspot_contacts:7", "hubspot_contacts:4")]


def test_a_repeated_event_counts_once_and_its_last_delivery_wins(staging: duckdb.DuckDBPyConnection) -> None:
    found = rows(staging, "select event_id, page_url from staging.stg_web__events order by 1")
    assert [row[0] for row in found] == [f"m{i}" for i in range(1, 9)]
    assert found[0] == ("m1", "again")


def test_the_future_is_cut_to_a_day_after_the_load_and_flagged(staging: duckdb.DuckDBPyConnection) -> None:
    found = rows(staging, "select event_id, occurred_at from staging.stg_web__events where is_future")
    assert found == [("m2", datetime(2024, 6, 2, 22))]
    assert rows(staging, "select max(last_seen_at) from staging.stg_web__devices") == [(datetime(2024, 6, 2, 22),)]


def test_events_belong_to_a_login_a_device_or_nobody(staging: duckdb.DuckDBPyConnection) -> None:
    found = dict(rows(staging, "select event_id, record_id from staging.stg_web__events"))
    assert (found["m1"], found["m3"], found["m7"], found["m8"]) == ("web_devices:d1", "web_logins:d1:1", None, "web_logins::2")


def test_a_login_keeps_the_last_address_given_and_an_address_without_login_is_its_own_record(staging: duckdb.DuckDBPyConnection) -> None:
    found = rows(staging, "select record_id, identifiers, user_id from staging.stg_web__logins order by coalesce(user_id, '9')")
    assert found[0] == ("web_logins:d1:1", {"user_id": "1", "email": "new@example.com", "anonymous_id": "d1"}, "1")
    assert found[1] == ("web_logins::2", {"user_id": "2"}, "2")
    assert found[2][0].startswith("web_logins:d2:contact-") and "xample" not in found[2][0]
    assert found[2][1] == {"email": "News@Example.com", "anonymous_id": "d2"}


def test_devices_are_those_with_anonymous_events(staging: duckdb.DuckDBPyConnection) -> None:
    assert rows(staging, "select record_id from staging.stg_web__devices order by 1") == [("web_devices:d1",), ("web_devices:d2",)]


def test_a_restated_day_replaces_the_one_before(staging: duckdb.DuckDBPyConnection) -> None:
    assert rows(staging, "select cost_amount from staging.stg_google_ads__campaign_days") == [(Decimal("12.345678"),)]


def test_meta_counts_clicks_to_the_shop_and_a_purchase_once(staging: duckdb.DuckDBPyConnection) -> None:
    columns = "campaign_id, spend_date, currency_code, cost_amount, clicks_count, conversions_count"
    assert rows(staging, f"select {columns} from staging.stg_meta_ads__campaign_days order by 1") == [
        ("2", date(2024, 5, 1), "EUR", Decimal("12.34"), 7, 2),
        ("3", date(2024, 5, 1), "EUR", Decimal("0.00"), 9, 0),
    ]


def test_rates_are_long_and_leave_out_what_was_not_published(staging: duckdb.DuckDBPyConnection) -> None:
    assert rows(staging, "from staging.stg_ecb__rates") == [(date(2024, 5, 1), "USD", Decimal("1.09"))]


def test_addresses_are_normalised_and_numbers_kept_as_given(staging: duckdb.DuckDBPyConnection) -> None:
    query = "select contact_point_type, contact_point from staging.stg_consent__records order by 1"
    assert rows(staging, query) == [("email", "ann@example.com"), ("phone", "0151 2")]


def test_a_day_without_a_time_is_that_day_in_the_shop_whatever_its_zone(staging: duckdb.DuckDBPyConnection) -> None:
    local_day = "timezone('Pacific/Auckland', timezone('UTC', placed_at))::date"
    query = f"select order_id, placed_at, {local_day}, gross_amount from staging.stg_cdnow__orders order by 1"
    assert rows(staging, query) == [
        ("cdnow:1", datetime(1997, 1, 11, 23), date(1997, 1, 12), Decimal("38.540")),
        ("cdnow:2", datetime(1997, 1, 31, 23), date(1997, 2, 1), Decimal("0.000")),
    ]
    assert rows(staging, "select sum(quantity * unit_amount - discount_amount) from staging.stg_cdnow__order_lines") == [
        (Decimal("38.540"),)
    ]
