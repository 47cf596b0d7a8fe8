"""What staging makes of a sales ledger: what each line is, what is an order,
and which order a credit note is about."""

from decimal import Decimal

import duckdb

from tests.staging.raw_rows import rows


def test_every_line_of_the_ledger_is_told_apart(staging: duckdb.DuckDBPyConnection) -> None:
    query = (
        "select invoice_number, ledger_part from staging.stg_online_retail__ledger_lines"
        " order by line_number"
    )
    assert [f"{number} {part}" for number, part in rows(staging, query)] == [
        *(
            "1 merchandise",
            "1 postage",
            "1 merchandise",
            "2 merchandise",
            "C3 returns",
            "4 merchandise",
            "C5 returns",
            "C6 postage",
        ),
        *("7 vouchers", "8 stock", "9 unclassified", "A10 adjustments", "C11 fees"),
    ]


def test_an_order_is_an_invoice_that_sells(staging: duckdb.DuckDBPyConnection) -> None:
    query = (
        "select order_number, line_items_amount, shipping_amount, record_id"
        " from staging.stg_online_retail__orders order by 1"
    )
    assert rows(staging, query) == [
        ("1", Decimal("20.000"), Decimal("5.000"), "online_retail_customers:9"),
        ("2", Decimal("15.000"), Decimal("0.000"), "online_retail_customers:9"),
        ("4", Decimal("18.000"), Decimal("0.000"), "online_retail_customers:9"),
        ("7", Decimal("8.000"), Decimal("0.000"), "online_retail_invoices:7"),
    ]
    assert rows(
        staging, "select order_id from staging.stg_online_retail__order_lines where is_gift_card"
    ) == [("online_retail:7",)]


def test_units_come_back_in_the_order_in_which_they_were_bought_at_most_at_their_price(
    staging: duckdb.DuckDBPyConnection,
) -> None:
    query = """
        select invoice_number, order_id, refunds.amount
        from staging.stg_online_retail__refunds as refunds
        join staging.stg_online_retail__ledger_lines using (ledger_line_id)
        order by line_number, order_id
    """
    assert rows(staging, query) == [
        ("C3", "online_retail:1", Decimal("20.000")),
        ("C3", "online_retail:2", Decimal("5.000")),
        ("C5", "online_retail:2", Decimal("9.000")),
        ("C5", "online_retail:4", Decimal("2.000")),
    ]
    money = (
        "select sum(case when kind = 'refund' then -amount else amount end)"
        " from staging.stg_online_retail__payments"
    )
    assert rows(staging, money) == [(Decimal("30.000"),)]


def test_whoever_the_ledger_names_is_a_record_with_the_country_of_the_last_line(
    staging: duckdb.DuckDBPyConnection,
) -> None:
    query = (
        "select record_id, identifiers, country_code"
        " from staging.stg_online_retail__customers order by 1"
    )
    assert rows(staging, query) == [
        ("online_retail_customers:8", {"online_retail_customer_id": "8"}, "ZA"),
        ("online_retail_customers:9", {"online_retail_customer_id": "9"}, "ZA"),
        ("online_retail_invoices:7", {}, "ZA"),
    ]
