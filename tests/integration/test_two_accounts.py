"""Two stores and two Stripe accounts of one vendor each: the second of both is an entry of
`sources`, and nothing else.

All their numbers collide, and the second store numbers its customers the other way round: its
login 1 is Ben and its login 2 is Anna. Its costs are in pounds.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import clientele, latest
from shop_records import contact
from small_shop import CUSTOMERS, SETTINGS, deliver_small_shop

from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations

SECOND_ACCOUNTS = """
  shopify_uk: {kind: shopify, time_zone: Europe/London, currency: GBP, freshness_days: 60}
  stripe_uk: {kind: stripe, shop: shopify_uk, freshness_days: 60}
  cdnow: {enabled: false}
"""
PEOPLE = {"anna@": "~1", "ANNA@": "~2", "Anna": "~3", "ben@": "~4", "Ben": "~5"}
SWAPPED = {"~1": "ben@", "~2": "BEN@", "~3": "Ben", "~4": "anna@", "~5": "Anna"}


def _deliver(extracts: Path) -> None:
    deliver_small_shop(extracts)
    for kind in ("shopify", "stripe"):
        shutil.copytree(extracts / kind, extracts / f"{kind}_uk")
        for file in (extracts / f"{kind}_uk").iterdir():
            text = file.read_text(encoding="utf-8")
            for old, new in (PEOPLE | SWAPPED).items():
                text = text.replace(old, new)
            file.write_text(text, encoding="utf-8")
    # Two more leads: of three people two would be the best customers, more than a segment may be.
    leads = [contact(53, "dan@example.com", "lead"), contact(54, "eve@example.com", "lead")]
    with (extracts / "hubspot" / "contacts-2026-06-30.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(lead) + "\n" for lead in leads)
    rates = extracts / "ecb" / "rates-2026-06-30.csv"
    lines = rates.read_text(encoding="utf-8").splitlines()
    with_pounds = ["Date,USD,JPY,GBP,", *(f"{line}0.8000," for line in lines[1:])]
    rates.write_text("\n".join(with_pounds) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, give_dbt: Callable[[Path], None]) -> Path:
    """The home after its night."""
    home = tmp_path_factory.mktemp("two-accounts")
    settings = home / "clientele.yml"
    text = SETTINGS.replace("destinations:", f"{SECOND_ACCOUNTS}destinations:")
    settings.write_text(
        text.replace("hubspot: {enabled: true, base", "hubspot: {enabled: false, base")
    )
    _deliver(home / "extracts")
    give_dbt(home)
    done = clientele(home, "nightly", settings=settings)
    assert done.returncode == 0, done.stdout + done.stderr
    return home


@pytest.fixture(scope="module")
def asked(home: Path) -> Any:
    connection = connect(Generations(home / "generations").current_inputs())
    yield lambda query: connection.execute(query).fetchall()
    connection.close()


def test_revenue_is_that_of_both_and_both_tie_out_with_their_provider(home: Path) -> None:
    report = latest(home)
    money = report["money"]
    assert (money["revenue"], money["refunds"], money["orders"]) == ("450.00", "40.00", 6)
    assert money["differences"] == 0
    assert report["gates"]["failed"] == report["gates"]["errored"] == 0


def test_equal_numbers_are_two_orders(asked: Any) -> None:
    of_source = (
        "select source_name, count(*), sum(net_revenue)::varchar from core.orders group by 1"
    )
    assert sorted(asked(of_source)) == [("shopify", 5, "225.00"), ("shopify_uk", 5, "225.00")]
    for table, key in (
        ("orders", "order_id"),
        ("order_lines", "order_line_id"),
        ("payments", "payment_id"),
        ("refunds", "refund_id"),
        ("charges", "charge_id"),
        ("disputes", "dispute_id"),
        ("products", "product_id"),
    ):
        ((rows, keys),) = asked(f"select count(*), count(distinct {key}) from core.{table}")
        assert rows == keys > 0 and rows % 2 == 0, table
    assert asked("select count(*) from marts.tie_out_differences") == [(0,)]


def test_people_are_joined_by_what_they_share_and_not_by_a_login_of_another_shop(
    asked: Any,
) -> None:
    assert asked("select count(*) from core.customers") == [(CUSTOMERS + 2,)]
    logins = asked(
        "select distinct customers.email, identifier_type, identifier_value"
        " from core.customer_identifiers inner join core.customers using (customer_id)"
        " where identifier_type like 'user_id%' order by all"
    )
    assert [login for login in logins if login[0] == "anna@example.com"] == [
        ("anna@example.com", "user_id", "1"),
        ("anna@example.com", "user_id@shopify_uk", "2"),
    ]
    assert [login for login in logins if login[0] == "ben@example.com"] == [
        ("ben@example.com", "user_id", "2"),
        ("ben@example.com", "user_id@shopify_uk", "1"),
    ]
    assert asked("select count(*) from core.customers where has_account") == [(2,)]


def test_a_cost_without_a_currency_is_in_the_accounts(asked: Any) -> None:
    margins = dict(
        asked(
            "select order_number, margin::varchar from core.orders"
            " where source_name = 'shopify_uk' and is_purchase"
        )
    )
    # 12 pounds are 15 euros:
    # 1 − 3 × 15 / 90 of 95.00; 1 − 15 × 1.1 / 110 of 80.00; 1 − 2 × 15 / 50 of 50.00
    assert margins == {"#1001": "47.50", "#1002": "68.00", "#1005": "20.00"}


def test_each_account_has_its_own_raw_tables_and_gates(asked: Any) -> None:
    guarded = asked(
        "select distinct table_name from quality.results"
        " where layer = 'raw' and status = 'passed' and table_name like '%\\_uk\\_%' escape '\\'"
    )
    assert {("shopify_uk_orders",), ("stripe_uk_charges",)} <= set(guarded)
    assert asked("select count(*) from raw.shopify_uk_orders") == [(5,)]
    assert asked("select count(*) from staging.stg_shopify__orders") == [(10,)]


def test_an_account_is_tried_on_its_files_alone_and_nothing_is_written(home: Path) -> None:
    settings = home / "clientele.yml"
    before = _state(home)
    done = clientele(home, "try", "shopify_uk", settings=settings)
    assert done.returncode == 0, done.stdout + done.stderr
    said = " ".join(done.stdout.split())
    assert "shopify_uk_orders 5" in said and "shopify_orders" not in said
    assert "customers 2" in said and "user_id@shopify_uk" in said
    assert "5 orders, 3 of them purchases; revenue 225.00 EUR after 20.00 of refunds" in said
    assert "a night would take this" in said and "anna" not in said.lower()
    assert _state(home) == before


def test_a_trial_says_what_is_set_aside_and_leaves_open_what_the_whole_base_decides(
    home: Path,
) -> None:
    settings = home / "clientele.yml"
    file = home / "extracts" / "stripe_uk" / "refunds-2026-06-30-2.jsonl"
    file.write_text('{"id": "re_9", "amount": "many"}\n', encoding="utf-8")
    try:
        done = clientele(home, "try", "stripe_uk", settings=settings)
    finally:
        file.unlink()
    assert done.returncode == 3 and "a night would set files of it aside" in done.stdout
    assert "stripe_uk/refunds-2026-06-30-2.jsonl" in done.stdout and "amount" in done.stdout


def test_an_order_without_a_rate_is_told_by_a_trial_and_refused_by_none(
    home: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "clientele.yml"
    text = (home / "clientele.yml").read_text(encoding="utf-8")
    assert "ecb: {enabled: true" in text
    settings.write_text(
        text.replace("ecb: {enabled: true", "ecb: {enabled: false"), encoding="utf-8"
    )
    done = clientele(home, "try", "shopify_uk", settings=settings)
    assert done.returncode == 0 and "in a currency without a rate" in done.stdout


def test_an_entry_that_stands_there_twice_is_refused(home: Path, tmp_path: Path) -> None:
    settings = tmp_path / "clientele.yml"
    text = (home / "clientele.yml").read_text(encoding="utf-8")
    settings.write_text(
        text.replace("  stripe_uk:", "  shopify_uk: {kind: stripe}\n  stripe_uk:"), "utf-8"
    )
    done = clientele(home, "try", "shopify_uk", settings=settings)
    assert done.returncode == 1 and "'shopify_uk' stands there twice" in done.stderr


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("corner", "sources: corner is not there; add `corner: {enabled: true}`"),
        ("klaviyo", "sources: klaviyo is not there"),
        ("cdnow", "sources.cdnow: is switched off; set enabled: true"),
    ],
)
def test_a_source_that_is_not_switched_on_is_not_tried(home: Path, source: str, said: str) -> None:
    done = clientele(home, "try", source, settings=home / "clientele.yml")
    assert done.returncode == 1 and said in done.stderr


def _state(home: Path) -> list[tuple[str, int, int]]:
    return sorted(
        (str(file), file.stat().st_size, file.stat().st_mtime_ns)
        for file in home.rglob("*")
        if file.is_file()
    )
