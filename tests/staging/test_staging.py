"""What staging decides: which version of a record counts, how money and time become comparable,
who a record names."""

from datetime import date, datetime
from decimal import Decimal

import duckdb

from tests.staging.raw_rows import rows


def test_latest_version_by_version_column_then_arrival_then_line(
    staging: duckdb.DuckDBPyConnection,
) -> None:
    query = "select identifiers['email'] from staging.stg_shopify__customers order by record_id"
    assert rows(staging, query) == [("New@Example.com",), ("second@example.com",), ("line two",)]


def test_lines_come_from_the_latest_version_of_an_order(staging: duckdb.DuckDBPyConnection) -> None:
    columns = (
        "order_line_id, order_id, sku, product_name, quantity, unit_amount,"
        " discount_amount, is_gift_card"
    )
    query = f"select {columns} from staging.stg_shopify__order_lines"
    assert sorted(rows(staging, query)) == [
        ("shopify:11", "shopify:5", None, "Mug", 2, Decimal("10.000"), Decimal("1.000"), False),
        ("shopify:12", "shopify:5", "B", "Card", 1, Decimal("0.010"), Decimal("0.000"), True),
    ]


def test_a_refund_is_the_sum_of_its_successful_movements(
    staging: duckdb.DuckDBPyConnection,
) -> None:
    query = "select refund_id, amount, currency_code from staging.stg_shopify__refunds order by 1"
    assert rows(staging, query) == [
        ("shopify:8", Decimal("4.000"), "EUR"),
        ("shopify:9", Decimal("0.000"), None),
    ]


def test_minor_units_become_major_by_currency(staging: duckdb.DuckDBPyConnection) -> None:
    found = dict(rows(staging, "select charge_id, amount from staging.stg_stripe__charges"))
    assert found == {
        "ch_eur": Decimal("20.320"),
        "ch_jpy": 500,
        "ch_kwd": Decimal("5.120"),
        "ch_isk": 5,
    }


def test_a_charge_names_its_payer(staging: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        staging,
        "select charge_id, first_name, last_name, identifiers, order_id"
        " from staging.stg_stripe__charges order by 1",
    )
    assert found[0] == ("ch_eur", "Ann Marie", "Doe", {}, "shopify:5")
    assert found[2] == ("ch_jpy", None, None, {"email": "r@example.com"}, None)
    assert found[3][1:3] == (None, "Ann")


def test_contacts_merged_in_the_crm_are_statements(staging: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        staging, "select record_id, merged_record_id from staging.stg_hubspot__merges order by 2"
    )
    assert found == [
        ("hubspot_contacts:7", "hubspot_contacts:3"),
        ("hubspot_contacts:7", "hubspot_contacts:4"),
    ]


def test_a_repeated_event_counts_once_and_its_last_delivery_wins(
    staging: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(staging, "select event_id, page_url from staging.stg_web__events order by 1")
    assert [row[0] for row in found] == [f"m{i}" for i in range(1, 9)]
    assert found[0] == ("m1", "again")


def test_the_future_is_cut_to_a_day_after_the_load_and_flagged(
    staging: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(
        staging, "select event_id, occurred_at from staging.stg_web__events where is_future"
    )
    assert found == [("m2", datetime(2024, 6, 2, 22))]
    assert rows(staging, "select max(last_seen_at) from staging.stg_web__devices") == [
        (datetime(2024, 6, 2, 22),)
    ]


def test_events_belong_to_a_login_a_device_or_nobody(staging: duckdb.DuckDBPyConnection) -> None:
    found = dict(rows(staging, "select event_id, record_id from staging.stg_web__events"))
    assert (found["m1"], found["m3"], found["m7"], found["m8"]) == (
        "web_devices:d1",
        "web_logins:d1:1",
        None,
        "web_logins::2",
    )


def test_a_login_keeps_the_last_address_given_and_an_address_without_login_is_its_own_record(
    staging: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(
        staging,
        "select record_id, identifiers, user_id from staging.stg_web__logins"
        " order by coalesce(user_id, '9')",
    )
    assert found[0] == (
        "web_logins:d1:1",
        {"user_id": "1", "email": "new@example.com", "anonymous_id": "d1"},
        "1",
    )
    assert found[1] == ("web_logins::2", {"user_id": "2"}, "2")
    assert found[2][0].startswith("web_logins:d2:contact-") and "xample" not in found[2][0]
    assert found[2][1] == {"email": "News@Example.com", "anonymous_id": "d2"}


def test_devices_are_those_with_anonymous_events(staging: duckdb.DuckDBPyConnection) -> None:
    assert rows(staging, "select record_id from staging.stg_web__devices order by 1") == [
        ("web_devices:d1",),
        ("web_devices:d2",),
    ]


def test_a_restated_day_replaces_the_one_before(staging: duckdb.DuckDBPyConnection) -> None:
    assert rows(staging, "select cost_amount from staging.stg_google_ads__campaign_days") == [
        (Decimal("12.345678"),)
    ]


def test_rates_are_long_and_leave_out_what_was_not_published(
    staging: duckdb.DuckDBPyConnection,
) -> None:
    assert rows(staging, "from staging.stg_ecb__rates") == [
        (date(2024, 5, 1), "USD", Decimal("1.09"))
    ]


def test_addresses_and_numbers_are_kept_as_given(
    staging: duckdb.DuckDBPyConnection,
) -> None:
    query = "select contact_point_type, contact_point from staging.stg_consent__records order by 1"
    assert rows(staging, query) == [("email", "Ann@Example.com"), ("phone", "0151 2")]


def test_a_day_without_a_time_is_that_day_in_the_shop_whatever_its_zone(
    staging: duckdb.DuckDBPyConnection,
) -> None:
    local_day = "timezone('Pacific/Auckland', timezone('UTC', placed_at))::date"
    query = (
        f"select order_id, placed_at, {local_day}, gross_amount"
        " from staging.stg_cdnow__orders order by 1"
    )
    assert rows(staging, query) == [
        ("cdnow:1", datetime(1997, 1, 11, 23), date(1997, 1, 12), Decimal("38.540")),
        ("cdnow:2", datetime(1997, 1, 31, 23), date(1997, 2, 1), Decimal("0.000")),
    ]
    assert rows(
        staging,
        "select sum(quantity * unit_amount - discount_amount) from staging.stg_cdnow__order_lines",
    ) == [(Decimal("38.540"),)]
