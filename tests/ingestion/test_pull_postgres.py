"""Pulls from a real PostgreSQL, and declarations of pulls that cannot work."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from pulls import HTTP, POSTGRES, STOCK, TOKEN, Puller
from pydantic import TypeAdapter

from ingestion.pull.declared import Pull, misfit


@pytest.fixture
def database(puller: Puller, postgres: str) -> Iterator[psycopg.Connection[Any]]:
    puller.secrets["SHOP_DSN"] = postgres
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("drop schema if exists shop cascade; create schema shop")
        connection.execute(
            "create table shop.orders (id bigint primary key, email text,"
            " total_price numeric(18,3) not null, line_items jsonb, updated_at timestamptz)"
        )
        connection.execute("create table shop.stock (product text primary key, pieces integer)")
        yield connection


def test_a_database_is_pulled_and_then_only_what_is_new(
    puller: Puller, database: psycopg.Connection[Any]
) -> None:
    database.execute("set time zone 'America/New_York'")
    database.execute(
        "insert into shop.orders select n, 'canary' || n || '@example.org', 12345678901234.567,"
        ' \'[{"price": 12345678901234567.89, "pieces": 1.5}]\','
        " timestamptz '2026-06-30 08:00+00' + n * interval '1 minute'"
        " from generate_series(1, 25) as n"
    )
    first = puller.pull(POSTGRES)
    assert (first.status, first.rows) == ("pulled", 25)
    row = puller.rows(first.path)[0]
    assert row["total_price"] == "12345678901234.567"
    assert row["line_items"] == [{"price": "12345678901234567.89", "pieces": 1.5}], (
        "quoted where a double would lose digits"
    )
    assert [outcome.loaded for outcome in puller.load().loaded] == [25]

    database.execute(
        "update shop.orders set total_price = 1, updated_at = '2026-06-30 08:40+00' where id = 5"
    )
    database.execute("insert into shop.orders values (26, null, 2, null, '2026-06-30 08:22+00')")
    second = puller.pull({**POSTGRES, "overlap": 5})
    assert sorted(row["id"] for row in puller.rows(second.path)) == [5, 26]
    assert second.fetched == 8, "the five minutes below the cursor, and what is new"
    assert puller.pull({**POSTGRES, "overlap": 5}).status == "nothing new"

    database.execute("insert into shop.orders values (27, null, 2, null, null)")
    failed = puller.pull(POSTGRES)
    assert (failed.status, failed.message) == (
        "failed",
        "a row has no updated_at: it would never be pulled again; name a cursor that every row has",
    )


def test_a_table_without_a_cursor_is_pulled_whole(
    puller: Puller, database: psycopg.Connection[Any]
) -> None:
    database.execute(
        "insert into shop.stock values ('a', 1), ('b', 2), ('c', 3), ('d', 4), ('e', 5)"
    )
    assert puller.pull(STOCK, "shop_stock").rows == 5
    assert [outcome.loaded for outcome in puller.load().loaded] == [5]
    database.execute("update shop.stock set pieces = 9 where product = 'a'")
    again = puller.pull(STOCK, "shop_stock")
    assert puller.load().loaded[0].path == again.path
    assert (
        puller.store.query("select count(*) from extract_files where status = 'loaded'")[0][0] == 1
    ), "the one before it is superseded"


def test_a_database_that_cannot_be_read_says_why(
    puller: Puller, database: psycopg.Connection[Any]
) -> None:
    outcome = puller.pull({**POSTGRES, "relation": "shop.nowhere"})
    assert outcome.message.startswith("there is no relation shop.nowhere")
    assert "has no column nothing" in puller.pull({**POSTGRES, "cursor": "nothing"}).message
    puller.secrets["SHOP_DSN"] = f"postgresql://u:{TOKEN}@127.0.0.1:9/x"
    assert puller.pull(POSTGRES).message.startswith("no connection with what SHOP_DSN holds")


@pytest.mark.parametrize(
    ("declared", "table", "message"),
    [
        ({**POSTGRES, "cursor": None}, "shop_orders", "cursor: name the field"),
        ({**STOCK, "cursor": "pieces"}, "shop_stock", "leave cursor out"),
        (
            {**HTTP, "base_url": "https://x.example", "since": None},
            "shop_orders",
            "since: name the request parameter",
        ),
        (POSTGRES, "shop_nothing", "there is no such raw table; known are shop_orders, shop_stock"),
    ],
)
def test_a_declaration_that_cannot_work_is_refused(
    puller: Puller, declared: dict[str, Any], table: str, message: str
) -> None:
    assert message in (
        misfit(table, TypeAdapter(Pull).validate_python(declared), puller.contracts) or ""
    )


@pytest.mark.parametrize(
    "address", ["http://shop.example", "https://user:word@shop.example", "ftp://x"]
)
def test_a_secret_travels_by_https_and_stands_in_no_address(address: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        TypeAdapter(Pull).validate_python({**HTTP, "base_url": address})
