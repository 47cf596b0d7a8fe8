"""What staging decides about the payment provider's refunds and disputes,
the shop's range and its costs, deals and Meta's report."""

from datetime import date, datetime
from decimal import Decimal

import duckdb

from tests.staging.raw_rows import LATER, T, rows


def test_refunds_and_disputes_are_in_major_units_and_a_dispute_is_booked_in_the_accounts_currency(
    staging: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(
        staging,
        "select charge_refund_id, amount, currency_code, status"
        " from staging.stg_stripe__refunds order by 1",
    )
    assert found == [
        ("re_1", Decimal("0.320"), "EUR", "succeeded"),
        ("re_2", Decimal("500.000"), "JPY", "succeeded"),
    ]
    columns = (
        "status, amount, currency_code, withdrawn_amount, returned_amount, fee_amount,"
        " account_currency_code, is_answered"
    )
    assert rows(
        staging, f"select {columns} from staging.stg_stripe__disputes order by dispute_id"
    ) == [
        (
            "won",
            Decimal("20.000"),
            "EUR",
            Decimal("20.320"),
            Decimal("20.320"),
            Decimal("15.000"),
            "USD",
            True,
        ),
        ("lost", Decimal("500.000"), "JPY", None, None, None, None, False),
    ]


def test_a_stored_card_names_its_owner(staging: duckdb.DuckDBPyConnection) -> None:
    columns = "record_id, identifiers, first_name, last_name, country_code, city"
    owners = f"select {columns} from staging.stg_stripe__customers where not is_deleted order by 1"
    assert rows(staging, owners) == [
        (
            *(
                "stripe_customers:cus_1",
                {"stripe_customer_id": "cus_1", "email": "Ann@Example.com"},
            ),
            *("Ann Marie", "Doe", "DE", "Bonn"),
        ),
        (
            "stripe_customers:cus_2",
            {"stripe_customer_id": "cus_2", "phone": "0151 2"},
            None,
            "Cher",
            None,
            None,
        ),
    ]


def test_a_deleted_owner_of_a_card_is_known_by_its_earlier_versions(
    staging: duckdb.DuckDBPyConnection,
) -> None:
    columns = "record_id, identifiers, first_seen_at, last_seen_at, created_at"
    gone = f"select {columns} from staging.stg_stripe__customers where is_deleted"
    identifiers = {"stripe_customer_id": "cus_3", "email": "gone@example.com"}
    assert rows(staging, gone) == [("stripe_customers:cus_3", identifiers, T, T, T)]


def test_variants_come_from_the_latest_version_of_a_product(
    staging: duckdb.DuckDBPyConnection,
) -> None:
    assert rows(
        staging, "select product_id, product_name, product_type from staging.stg_shopify__products"
    ) == [("7", "Mug", None)]
    columns = (
        "variant_id, product_id, variant_name, sku, inventory_item_id, price_amount, currency_code"
    )
    assert rows(staging, f"select {columns} from staging.stg_shopify__variants order by 1") == [
        ("21", "7", None, "B", "31", Decimal("0.010"), "EUR"),
        ("22", "7", "Large", None, "32", Decimal("9.900"), "EUR"),
    ]


def test_a_cost_holds_until_the_next_one_and_the_first_since_ever(
    staging: duckdb.DuckDBPyConnection,
) -> None:
    columns = "inventory_item_id, unit_cost_amount, valid_from, valid_to"
    assert rows(
        staging, f"select {columns} from staging.stg_shopify__inventory_costs order by 2"
    ) == [
        ("31", Decimal("4.000"), None, datetime(2024, 5, 3)),
        ("31", Decimal("6.000"), datetime(2024, 5, 3), datetime(2024, 5, 4)),
    ]


def test_a_deal_names_its_contacts_once_and_is_in_the_shops_currency_unless_it_says_so(
    staging: duckdb.DuckDBPyConnection,
) -> None:
    columns = "deal_id, currency_code, is_closed, is_won, opened_at"
    assert rows(staging, f"select {columns} from staging.stg_hubspot__deals order by 1") == [
        ("hubspot:1", "USD", True, False, LATER),
        ("hubspot:2", "EUR", False, False, T),
    ]
    assert rows(
        staging,
        "select deal_id, record_id from staging.stg_hubspot__deal_contacts"
        " order by deal_id, contact_number",
    ) == [
        ("hubspot:1", "hubspot_contacts:12"),
        ("hubspot:2", "hubspot_contacts:7"),
        ("hubspot:2", "hubspot_contacts:12"),
    ]


def test_meta_counts_clicks_to_the_shop_and_a_purchase_once(
    staging: duckdb.DuckDBPyConnection,
) -> None:
    columns = "campaign_id, spend_date, currency_code, cost_amount, clicks_count, conversions_count"
    assert rows(
        staging, f"select {columns} from staging.stg_meta_ads__campaign_days order by 1"
    ) == [
        ("2", date(2024, 5, 1), "EUR", Decimal("12.34"), 7, 2),
        ("3", date(2024, 5, 1), "EUR", Decimal("0.00"), 9, 0),
    ]
