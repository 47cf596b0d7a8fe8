"""Whole nights as users run them: the command line, Dagster, dbt, Great Expectations,
a real push – with totals worked out by hand."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from command_line import clientele, latest, start, stop_in_the_night
from small_shop import (
    AD_SPEND,
    CUSTOMERS,
    MARGINS,
    REFUNDS,
    REVENUE,
    REVENUE_ORDERS,
    SETTINGS,
    deliver_small_shop,
)

from orchestration.cli.main import main
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations

DSN = "TEST_POSTGRES_DSN"


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory, postgres: str, give_dbt: Callable[[Path], None]
) -> tuple[Path, Path, subprocess.CompletedProcess[str]]:
    """Home, settings and the finished command of the first night,
    which sends to the stand-in and to a real PostgreSQL."""
    home = tmp_path_factory.mktemp("small-shop")
    settings = home / "clientele.yml"
    settings.write_text(
        SETTINGS.replace(
            "postgres: {enabled: false}", f"postgres: {{enabled: true, secret: {DSN}}}"
        ),
        encoding="utf-8",
    )
    deliver_small_shop(home / "extracts")
    give_dbt(home)
    return home, settings, clientele(home, "nightly", settings=settings, **{DSN: postgres})


def test_the_night_is_published_with_the_totals_worked_out_by_hand(shop: Any) -> None:
    home, _, done = shop
    assert done.returncode == 0, done.stdout + done.stderr
    report = latest(home)
    money = report["money"]
    assert (money["revenue"], money["refunds"], money["orders"], money["currency"]) == (
        REVENUE,
        REFUNDS,
        REVENUE_ORDERS,
        "EUR",
    )
    assert money["differences"] == 0
    assert report["identity"]["customers"] == CUSTOMERS
    assert report["gates"]["failed"] == report["gates"]["errored"] == 0
    assert "published: readers see this night" in done.stdout
    assert "225.00 EUR net of refunds from 3 orders" in " ".join(done.stdout.split())


def test_the_page_of_the_gates_says_what_became_of_the_night(shop: Any) -> None:
    home, _, _ = shop
    page = _page(home)
    assert "<h1>published: readers see this night</h1>" in page
    assert "order_id: filled in every row, and never twice <small>dbt test</small>" in page
    assert ">225 EUR<" in page and ">3 rows<" in page


def test_identity_explains_itself_and_takes_a_persons_word(shop: Any) -> None:
    home, _, _ = shop

    def asked(*arguments: str) -> str:
        return CliRunner().invoke(main, ["--home", str(home), "identity", *arguments]).output

    joined = asked("explain", "shopify_orders:1002", "shopify_customers:1")
    assert (
        joined.startswith("one customer, c_") and "shopify_orders:1002 – email:a…@e….com" in joined
    )
    assert "nothing in common" in asked("explain", "anna@example.com", "shopify_customers:2")
    listed = asked("explain", "shopify_customers:1")
    assert "shopify_orders:1002" in listed and "anna" not in listed + joined
    assert "say why" in asked("different", "shopify_orders:1002", "shopify_customers:1")
    assert "no record of the published generation" in asked(
        "same", "shopify_orders:1", "shopify_customers:1", "--reason", "r"
    )
    assert "rule 1: " in asked(
        "different", "shopify_orders:1002", "shopify_customers:1", "--reason", "a gift"
    )
    assert "shopify_orders:1002 and shopify_customers:1 are different: a gift" in asked("rules")
    assert "counts no more" in asked("revoke", "1") and "does not stand" in asked("revoke", "1")
    assert asked("rules") == "no rule stands\n"


def test_a_preview_of_what_was_sent_finds_nothing_to_send(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, settings, _ = shop
    monkeypatch.setenv("CLIENTELE_HOME", str(home))
    monkeypatch.setenv("CLIENTELE_SETTINGS", str(settings))
    every = CliRunner().invoke(main, ["preview"]).output
    assert (
        "hubspot_contacts to hubspot: " in every
        and "postgres_lapsing_customers to postgres: " in every
    )
    assert "cart_mails: destination smtp_email is not in the settings" in every
    assert " add" not in every and " change" not in every
    unknown = CliRunner().invoke(main, ["preview", "nobody"])
    assert (
        unknown.exit_code == 1
        and "there are cart_mails, cart_messages, hubspot_contacts" in unknown.output
    )


def test_the_guest_order_is_annas(shop: Any) -> None:
    home, _, _ = shop
    connection = connect(Generations(home / "generations").current_inputs())
    spent = connection.execute(
        "select customers.email, sum(orders.net_revenue) from core.orders"
        " join core.customers using (customer_id)"
        " where orders.is_purchase group by all order by all"
    ).fetchall()
    leads = connection.execute(
        "select count(*) from core.customers where email = 'cara@example.com'"
    ).fetchall()
    connection.close()
    assert [(email, str(amount)) for email, amount in spent] == [
        ("anna@example.com", "175.00"),
        ("ben@example.com", "50.00"),
    ]
    assert leads == [(1,)]


def test_margins_disputes_deals_and_spend_are_those_worked_out_by_hand(shop: Any) -> None:
    home, _, _ = shop
    connection = connect(Generations(home / "generations").current_inputs())

    def rows(query: str) -> list[tuple[str, ...]]:
        return [tuple(str(value) for value in row) for row in connection.execute(query).fetchall()]

    margins = rows(
        "select order_number, margin_share, margin from core.orders"
        " where is_purchase and is_cost_known"
    )
    disputes = rows("select outcome, lost_amount, fee_amount, fee_currency_code from core.disputes")
    deals = rows(
        "select email, outcome, deal_value from core.deals join core.customers using (customer_id)"
    )
    spend = rows("select source_name, spend from core.ad_spend")
    stored_cards = rows(
        "select email from core.customer_identifiers join core.customers using (customer_id)"
        " where identifier_value = 'cus_1'"
    )
    connection.close()
    assert {number: (share, margin) for number, share, margin in margins} == MARGINS
    assert disputes == [("won", "0.000", "20.000", "EUR")]
    assert deals == [("cara@example.com", "open", "500.00")]
    assert spend == [("meta_ads", AD_SPEND)]
    assert set(stored_cards) == {("anna@example.com",)}


def test_postgres_holds_who_may_be_written_to(shop: Any, postgres: str) -> None:
    home, _, _ = shop
    connection = connect(Generations(home / "generations").current_inputs())
    wanted = connection.execute(
        "select email, orders_count, historic_revenue from sync.sync_postgres__lapsing_customers"
        " where email = 'anna@example.com'"
    ).fetchall()
    connection.close()
    with psycopg.connect(postgres) as database:
        arrived = database.execute(
            "select email, orders_count, historic_revenue from lapsing_customers"
        ).fetchall()
    assert len(arrived) == 1
    assert arrived == wanted


def test_of_two_runs_at_once_one_says_who_holds_the_lease_and_the_other_changes_nothing(
    shop: Any, postgres: str
) -> None:
    home, settings, _ = shop
    first = latest(home)
    running = start(home, "nightly", settings=settings, **{DSN: postgres})
    stop_in_the_night(running, home / "control" / "clientele.sqlite")
    try:
        late = clientele(home, "nightly", settings=settings)
    finally:
        os.kill(running.pid, signal.SIGCONT)
    assert late.returncode == 1
    assert f"(process {running.pid}, last heartbeat" in late.stdout
    assert "is writing; wait for it to finish" in " ".join(late.stdout.split())
    out, err = running.communicate()
    assert running.returncode == 0, out + err
    second = latest(home)
    assert second["run_id"] != first["run_id"]
    assert {sync["name"]: sync["unchanged"] for sync in second["syncs"]}[
        "postgres_lapsing_customers"
    ] == 1
    assert second["files"]["loaded"] == 0
    assert second["content_hash"] == first["content_hash"]
    assert sum(sync["requests"] for sync in second["syncs"]) == 0
    assert "2 runs, from 225 to 225" in _page(home)  # of the same date


def test_what_people_ask_afterwards_is_answered(shop: Any) -> None:
    home, settings, _ = shop
    status = clientele(home, "status", settings=settings)
    assert "waits      nothing" in status.stdout
    queried = clientele(home, "sql", "select count(*) as n from core.orders; ", settings=settings)
    assert "5" in queried.stdout
    wrong = clientele(home, "sql", "select * from core.oders", settings=settings)
    assert wrong.returncode == 1
    assert "Traceback" not in wrong.stderr
    listed = clientele(home, "rollback", settings=settings)
    run_ids = [
        line.strip("→ ").split()[0] for line in listed.stdout.splitlines() if "as of" in line
    ]
    assert len(run_ids) == 2
    back = clientele(home, "rollback", min(run_ids), settings=settings)
    assert back.returncode == 0, back.stderr
    assert Generations(home / "generations").current() == min(run_ids)


def test_an_analyst_tries_a_model_without_touching_what_is_published(shop: Any) -> None:
    home, settings, _ = shop
    generations = Generations(home / "generations")
    file = generations.file(generations.current())
    before = file.read_bytes()
    done = clientele(home, "dbt", "build", "--select", "rfm_scores", settings=settings)
    assert done.returncode == 0, done.stdout + done.stderr
    assert file.read_bytes() == before
    assert list((home / "dev").glob("*.duckdb"))


def test_no_address_and_no_secret_in_what_a_night_leaves_behind(shop: Any) -> None:
    home, _, done = shop
    canaries = [
        b"anna@example.com",
        b"cara@example.com",
        (home / "control" / "installation.key").read_bytes().strip(),
    ]
    places = [
        path
        for folder in ("nights", "dagster", "dbt")
        for path in (home / folder).rglob("*")
        if path.is_file()
    ]
    assert len(places) > 10
    found = [
        (str(path), canary[:4])
        for path in places
        for canary in canaries
        if canary in path.read_bytes()
    ]
    assert found == []
    assert not any(canary.decode() in done.stdout + done.stderr for canary in canaries)


def test_nothing_of_a_home_is_readable_by_others(shop: Any) -> None:
    home, _, _ = shop
    written = [
        path
        for folder in ("generations", "raw", "ids", "nights", "dev")
        for path in (home / folder).rglob("*")
        if path.is_file()
    ]
    assert len(written) > 10
    assert [path for path in written if path.stat().st_mode & 0o077] == []
    # What stands behind a closed folder is closed; extracts are made by the test itself.
    folders = [path for path in home.iterdir() if path.is_dir() and path.name != "extracts"]
    assert [folder for folder in folders if folder.stat().st_mode & 0o077] == []


def test_a_night_with_another_key_ends_before_it_begins(shop: Any, tmp_path: Path) -> None:
    home, settings, _ = shop
    published = Generations(home / "generations").current()
    other = tmp_path / "other.key"
    other.write_text("0" * 64, encoding="ascii")
    done = clientele(home, "nightly", settings=settings, CLIENTELE_KEY_FILE=str(other))
    assert done.returncode == 1
    assert "not the secret that this home was published with" in " ".join(done.stdout.split())
    assert "Traceback" not in done.stdout + done.stderr
    assert Generations(home / "generations").current() == published


def test_a_missing_landing_zone_and_a_wrong_setting_are_one_clear_line(tmp_path: Path) -> None:
    settings = tmp_path / "clientele.yml"
    settings.write_text(SETTINGS, encoding="utf-8")
    done = clientele(tmp_path, "nightly", settings=settings)
    assert done.returncode == 1
    assert "there is no landing zone" in done.stderr
    assert "clientele nightly --sample" in done.stderr
    settings.write_text(
        SETTINGS.replace("reporting_currency: EUR", "reporting_currency: euro"), encoding="utf-8"
    )
    wrong = clientele(tmp_path, "nightly", settings=settings)
    assert wrong.returncode == 1
    assert "reporting_currency" in wrong.stderr
    assert "Traceback" not in done.stderr + wrong.stderr


def _page(home: Path) -> str:
    return (home / "nights" / f"{latest(home)['run_id']}.html").read_text(encoding="utf-8")
