"""The recipes of ingestion/README.md and README.md, each followed to the letter on a copy of the
project: a source of people with an identifier, a source of orders, a mart, a segment with its sync,
a destination.

One night through the command line builds them all. Loyalty cards: Anna has one card under two
addresses, Ben one, Dora one and nothing else. The corner shop's orders are in `corner_shop.py`.
"""

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from command_line import clientele, latest
from corner_shop import (
    CORNER_CUSTOMERS,
    deliver_corner_shop,
    orders_in_euro,
)
from recipes import LINES, RECIPES, copied_project, follow, new_files, texts
from small_shop import CUSTOMERS, REVENUE, REVENUE_ORDERS, SETTINGS, deliver_small_shop

from ingestion.contracts.reading import load_contracts
from orchestration.settings import PROJECT
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations


class Changed(NamedTuple):
    """The copy after its night."""

    project: Path
    home: Path
    till: Path


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Changed]:
    folder = tmp_path_factory.mktemp("small-changes")
    project, home, till = copied_project(folder, SETTINGS), folder / "home", folder / "till"
    before = texts(project)
    for recipe in sorted(file.name for file in RECIPES.iterdir()):
        follow(project, recipe, till)
    after = texts(project)

    # Nothing but what the recipes say: new files, and lines added to old ones.
    assert set(after) - set(before) == {
        file for recipe in RECIPES.iterdir() for file in new_files(recipe.name)
    }
    touched = {name for name, text in before.items() if after[name] != text}
    assert touched == {addition.file for addition in LINES}
    assert not any(name.endswith(".py") for name in touched)

    deliver_small_shop(home / "extracts")
    (home / "extracts" / "loyalty").mkdir()
    (home / "extracts" / "loyalty" / "cards-2026-06-30.csv").write_text(
        "registration_id,Card number,E-mail,First name,Registered at\n"
        "1,4711,anna@example.com,Anna,2026-06-02T08:00:00Z\n"
        "2,4711,anna@office.example,,2026-06-03T08:00:00Z\n"
        "3,4712,ben@example.com,Ben,2026-06-04T08:00:00Z\n"
        "4,4713,dora@example.com,Dora,2026-06-05T08:00:00Z\n",
        encoding="utf-8",
    )
    deliver_corner_shop(home / "extracts")
    done = clientele(home, "nightly", project=project)
    assert done.returncode == 0, done.stdout + done.stderr
    yield Changed(project, home, till)


def _asked(changed: Changed, query: str) -> list[Any]:
    connection = connect(Generations(changed.home / "generations").current_inputs())
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_a_source_is_loaded_and_guarded_and_reaches_the_customers(changed: Changed) -> None:
    assert _asked(changed, "select count(*) from raw.loyalty_cards") == [(4,)]
    guards = _asked(
        changed,
        "select layer, status, count(*) > 0 from quality.results"
        " where table_name = 'loyalty_cards' group by all",
    )
    assert ("raw", "passed", True) in guards
    assert not [guard for guard in guards if guard[1] in ("failed", "errored")]
    dora = _asked(
        changed,
        "select first_name, sources_count from core.customers where email = 'dora@example.com'",
    )
    assert dora == [("Dora", 1)]


def test_an_identifier_joins_records_and_moves_no_other_ones_priority(changed: Changed) -> None:
    anna = _asked(
        changed,
        "select count(distinct customer_id), count(*) from identity.identity_map where record_id in"
        " ('shopify_customers:1', 'shopify_orders:1001', 'shopify_orders:1002',"
        " 'hubspot_contacts:51', 'loyalty_cards:1', 'loyalty_cards:2')",
    )
    assert anna == [(1, 6)]
    joined = _asked(
        changed, "select match_rule from identity.identity_map where record_id = 'loyalty_cards:2'"
    )
    assert joined == [("loyalty_card",)]
    customers = latest(changed.home)["identity"]["customers"]
    assert customers == CUSTOMERS + 1 + CORNER_CUSTOMERS
    shared = PROJECT / "dbt_project" / "seeds" / "shared_identifier_types.csv"
    with shared.open(encoding="utf-8") as file:
        others = {row["identifier_type"]: int(row["priority"]) for row in csv.DictReader(file)}
    for source in load_contracts().values():
        others |= {name: kind.priority for name, kind in source.identifier_types.items()}
    built = dict(_asked(changed, "select identifier_type, priority from seeds.identifier_types"))
    assert built == others | {"loyalty_card": 45, "corner_login": 12}


def test_a_source_of_orders_takes_at_most_eight_files_and_one_shared_edit() -> None:
    order_source_new_files = len(new_files("orders"))
    order_source_shared_edits = len({line.file for line in LINES if line.recipe == "orders"})
    assert order_source_new_files <= 8
    assert order_source_shared_edits <= 1


def test_its_revenue_is_what_its_extracts_say_to_the_cent(changed: Changed) -> None:
    """Each order by the shop's own day, whatever clock the source writes; an unpaid one, one that
    was cancelled before it was paid and one for practice are none."""
    wanted = orders_in_euro(changed.home / "extracts", "Europe/Berlin")
    built = _asked(
        changed,
        "select order_id, placed_date, net_revenue from core.orders"
        " where is_purchase and source_name = 'corner'",
    )
    assert {order: (day, revenue) for order, day, revenue in built} == wanted
    assert wanted["corner:502"][0].isoformat() == "2026-06-15"
    corner = sum(revenue for _, revenue in wanted.values())
    assert corner == Decimal("89.22")
    total = Decimal(REVENUE) + corner
    for mart, figures in (
        ("marts.revenue_daily", "sum(net_revenue), sum(orders_count)"),
        ("marts.customer_lifetime_values", "sum(historic_revenue), sum(orders_count)"),
    ):
        assert _asked(changed, f"select {figures} from {mart}") == [
            (total, REVENUE_ORDERS + len(wanted))
        ], mart
    assert latest(changed.home)["money"]["revenue"] == str(total)


def test_what_was_given_back_and_what_was_cancelled(changed: Changed) -> None:
    built = _asked(
        changed,
        "select order_number, is_purchase, captured_amount::varchar, refunded_amount::varchar,"
        " currency_code, cancelled_at::varchar from core.orders"
        " where source_name = 'corner' and order_number between '502' and '507' order by 1",
    )
    assert built == [
        ("502", True, "33.000", "11.000", "USD", None),
        ("503", True, "19.990", "4.990", "EUR", None),
        ("504", True, "55.000", "55.000", "USD", "2026-06-18 14:00:00"),
        ("505", False, "0.000", "0.000", "USD", "2026-06-18 16:00:00"),
        ("506", False, "0.000", "0.000", "USD", None),
        ("507", False, "0.000", "0.000", "USD", None),
    ]


def test_its_people_are_joined_by_address_and_its_guests_are_customers(changed: Changed) -> None:
    customers = _asked(
        changed,
        "select email, first_name, has_account, sources_count from core.customers"
        " where email in ('anna@example.com', 'hugo@example.com', 'gina@example.com',"
        " 'ida@example.com') order by 1",
    )
    assert customers == [
        # shop, payment provider, CRM, loyalty cards and the corner shop
        ("anna@example.com", "Anna", True, 5),
        ("gina@example.com", "Gina", False, 1),
        ("hugo@example.com", "Hugo", True, 1),
        ("ida@example.com", "Ida", False, 1),
    ]
    together = _asked(
        changed,
        "select count(distinct customer_id) from identity.identity_map where record_id in"
        " ('shopify_customers:1', 'corner_accounts:anna-77', 'corner_orders:501')",
    )
    assert together == [(1,)]
    counter = _asked(
        changed,
        "select is_identified, has_account, records_count from core.customers join"
        " identity.identity_map using (customer_id) where record_id = 'corner_orders:509'",
    )
    assert counter == [(False, False, 1)]


def test_its_record_kinds_are_ranked_and_told_in_the_timeline(changed: Changed) -> None:
    ranks = _asked(
        changed,
        "select distinct record_kind, trust_rank from core.customer_identifiers"
        " where record_kind like 'corner%' order by 1",
    )
    assert ranks == [("corner_accounts", 2), ("corner_orders", 3)]
    # The account's name stands, although the orders with the nickname are newer.
    hugo = _asked(
        changed,
        "select touch_type, source_name, detail from marts.customer_timeline"
        " join core.customers using (customer_id)"
        " where email = 'hugo@example.com' and name_source = 'corner_accounts'"
        " order by touch_number",
    )
    assert hugo == [
        ("signed_up", "corner", "corner_accounts"),
        ("order", "corner", "paid"),
        ("order", "corner", "cancelled"),
        ("refund", "corner", "corner:503"),
        ("refund", "corner", "corner:504"),
    ]


def test_its_rows_pass_the_gates_and_nothing_of_them_is_lost(changed: Changed) -> None:
    guards = _asked(
        changed,
        "select layer || '.' || table_name, expectation, status from quality.results"
        " where layer in ('raw', 'identity', 'core')",
    )
    assert not [guard for guard in guards if guard[2] in ("failed", "errored")]
    passed = {(table, guard) for table, guard, status in guards if status == "passed"}
    for table in ("orders", "order_lines", "payments", "refunds"):
        for what in ("rows", "money"):
            assert (f"core.{table}", f"{what} of staging and of core") in passed
        staged = "transactions" if table == "payments" else table
        there = _asked(
            changed,
            f"select (select count(*) from core.{table})"
            f" - (select count(*) from staging.stg_shopify__{staged})"
            f" - (select count(*) from staging.stg_corner__{table})",
        )
        assert there == [(0,)]
    for table in ("accounts", "orders", "payments", "refunds"):
        assert any(name == f"raw.corner_{table}" for name, _ in passed)


def test_a_mart_is_built_with_its_description_and_its_tests(changed: Changed) -> None:
    built = _asked(
        changed,
        "select has_card, orders_count, net_revenue::varchar from marts.loyalty_revenue order by 1",
    )
    # Anna and Ben hold one; of the corner shop's buyers Anna alone.
    assert built == [(False, 5, "49.22"), (True, REVENUE_ORDERS + 1, "265.00")]
    described = _asked(
        changed, "select comment from duckdb_tables() where table_name = 'loyalty_revenue'"
    )
    assert described == [("One row per kind of buyer: with and without a loyalty card.",)]


def test_a_segment_is_followed_guarded_and_sent_by_its_declared_fields(changed: Changed) -> None:
    members = _asked(
        changed,
        "select email, entered_at::varchar from segments.memberships"
        " join core.customers using (customer_id)"
        " where segment = 'loyal_buyers' order by 1",
    )
    assert members == [
        ("anna@example.com", "2026-06-30 22:00:00"),
        ("ben@example.com", "2026-06-30 22:00:00"),
    ]
    assert _asked(
        changed, "select count(*) > 0 from quality.results where table_name = 'seg_loyal_buyers'"
    ) == [(True,)]
    (sync,) = (
        sync for sync in latest(changed.home)["syncs"] if sync["name"] == "till_loyal_buyers"
    )
    # Ben withdrew his consent.
    assert (sync["status"], sync["added"], sync["withheld"]) == ("done", 1, 1)


def test_a_destination_receives_the_rows(changed: Changed) -> None:
    (file,) = (changed.till / "loyal_buyers").iterdir()
    assert json.loads(file.read_text(encoding="utf-8")) == {"email": "anna@example.com"}
    assert _asked(
        changed, f"select email from core.customers where customer_id = '{file.stem}'"
    ) == [("anna@example.com",)]
