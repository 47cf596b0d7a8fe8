"""PostgreSQL as a destination, against a real server: types, isolation of bad rows, removals,
and what a wrong table says."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import psycopg
import pytest


@pytest.fixture
def database(postgres):
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("drop table if exists contacts")
        yield connection


@pytest.fixture
def pg(world, postgres, database):
    world.spec = replace(
        world.spec, name="postgres_contacts", destination="postgres", on_removal="delete"
    )
    world.secret = lambda: postgres
    world.options = {}
    return world


def test_rows_arrive_typed_in_a_table_that_is_made(pg, database):
    pg.people(3)
    pg.rows["c1"].update(
        firstname='O\'Brien", "x": "', ltv=Decimal("12345678901234.56"), since=date(2020, 2, 29)
    )
    pg.rows["c2"]["firstname"] = None
    result = pg.deliver()
    assert (result.status, result.acknowledged, result.requests) == ("done", 3, 1)
    rows = database.execute("select * from contacts order by customer_id").fetchall()
    assert rows[1] == (
        "c1",
        "canary1@example.org",
        'O\'Brien", "x": "',
        Decimal("12345678901234.56"),
        date(2020, 2, 29),
    )
    assert rows[2] == ("c2", "canary2@example.org", None, Decimal("2.25"), None)
    assert pg.deliver().requests == 0


def test_changes_and_removals(pg, database):
    pg.people(4)
    pg.deliver()
    pg.rows["c1"]["firstname"] = "Ada"
    pg.rows.pop("c2")
    pg.withdrawn = {"canary3@example.org"}
    result = pg.deliver()
    assert (result.changed, result.removed, result.withheld) == (1, 2, 1)
    assert database.execute(
        "select customer_id, firstname from contacts order by 1"
    ).fetchall() == [("c0", "Name 0"), ("c1", "Ada")]


def test_a_bad_row_of_a_mirror_is_alone_and_destroys_nothing(pg, database):
    database.execute(
        "create table contacts (customer_id text primary key, email text, firstname text,"
        " ltv numeric check (ltv < 1000), since date)"
    )
    pg.people(300)
    pg.deliver(mode="mirror", on_removal="delete")
    pg.rows["c26"]["ltv"] = 5000
    pg.rows["c27"]["firstname"] = "after the bad one"
    pg.rows.pop("c28")
    result = pg.deliver(mode="mirror", on_removal="delete")
    assert (result.status, result.rejected, result.changed, result.removed) == ("done", 1, 1, 1)
    assert database.execute("select count(*) from contacts").fetchone() == (299,)
    assert database.execute("select ltv from contacts where customer_id = 'c26'").fetchone() == (
        Decimal("26.25"),
    )
    (row,) = pg.store.query("select reason from delivery_log where status = 'rejected'")
    assert row["reason"] == "SQLSTATE 23514 on contacts_ltv_check"


def test_modes_insert_and_update(pg, database):
    database.execute(
        "create table contacts (customer_id text primary key, email text, firstname text,"
        " ltv numeric, since date)"
    )
    database.execute("insert into contacts values ('c0', 'old@example.org', 'Old', 1, null)")
    pg.people(2)
    pg.deliver(mode="update")
    assert database.execute("select customer_id, firstname from contacts").fetchall() == [
        ("c0", "Name 0")
    ]
    database.execute("update contacts set firstname = 'theirs'")
    pg.deliver(name="inserting", mode="insert")
    assert database.execute(
        "select customer_id, firstname from contacts order by 1"
    ).fetchall() == [("c0", "theirs"), ("c1", "Name 1")]


def test_clearing_keeps_the_row(pg, database):
    pg.people(2)
    pg.deliver(on_removal="clear")
    pg.rows.pop("c1")
    pg.deliver(on_removal="clear")
    assert database.execute(
        "select firstname, ltv from contacts where customer_id = 'c1'"
    ).fetchone() == (None, None)


@pytest.mark.parametrize(
    "table",
    [
        "create table contacts (customer_id text primary key)",
        (
            "create table contacts (customer_id text, email text, firstname text,"
            " ltv numeric, since date)"
        ),
    ],
    ids=["columns missing", "no unique key"],
)
def test_a_table_that_does_not_fit_stops_the_sync(pg, database, table):
    database.execute(table)
    pg.people(3)
    result = pg.deliver()
    assert (result.status, result.unsent) == ("failed", 3)
    assert "destination postgres: table public.contacts does not fit" in result.message


def test_a_missing_table_is_only_made_where_that_is_allowed(pg):
    pg.people(3)
    pg.options = {"create_table": False}
    assert "SQLSTATE 42P01" in pg.deliver().message


def test_a_server_that_is_not_there_says_so_without_its_password(pg):
    pg.people(3)
    pg.secret = lambda: "postgresql://user:canary@127.0.0.1:1/x"
    result = pg.deliver()
    assert (result.status, result.unsent) == ("failed", 3)
    assert result.message == (
        "destination postgres: no connection to the database;"
        " check the connection string and that the server runs"
    )


def test_a_lost_connection_is_replaced(pg, database):
    pg.people(3)
    destination = pg.destination()
    write = destination._write
    calls = []

    def lose_the_first(connection, batch):
        if not calls:
            calls.append(1)
            database.execute("select pg_terminate_backend(%s)", [connection.info.backend_pid])
        write(connection, batch)

    destination._write = lose_the_first
    result = pg.deliver(destination=destination)
    assert (result.status, result.acknowledged, result.requests) == ("done", 3, 2)
