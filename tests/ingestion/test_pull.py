"""Pulls from a Shopify-like API and from a real PostgreSQL: into the landing zone, once each, and on into raw."""

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import TypeAdapter

from ingestion.contracts import load_contracts
from ingestion.loader import LoadReport, load
from ingestion.pull.declared import Pull, PullError, misfit
from ingestion.pull.run import PullOutcome, pull_all
from orchestration.control.store import ControlStore
from orchestration.reverse_etl.sandbox import Sandbox

TOKEN = "shpat-canary-91f0"
DAY = date(2026, 6, 30)
CONTRACT = """
source: shop
owner: tests
version: 1
description: A shop for tests.
tables:
  orders:
    description: One row per delivered version of an order.
    files: shop/orders-*.jsonl*
    format: jsonl
    load_mode: append
    key: [id]
    version_column: updated_at
    columns:
      - {name: id, type: integer, required: true, description: Id.}
      - {name: email, type: text, pii: email, description: Address.}
      - {name: total_price, type: "decimal(18,3)", required: true, description: Total.}
      - {name: line_items, type: json, description: Lines.}
      - {name: updated_at, type: timestamp, required: true, description: Changed.}
  stock:
    description: One row per product.
    files: shop/stock-*.jsonl*
    format: jsonl
    load_mode: snapshot
    key: [product]
    columns:
      - {name: product, type: text, required: true, description: Product.}
      - {name: pieces, type: integer, required: true, description: Pieces.}
"""
HTTP = {
    "enabled": True,
    "kind": "http",
    "path": "/admin/api/2026-01/orders.json",
    "records": "orders",
    "cursor": "updated_at",
    "since": "updated_at_min",
    "parameters": {"status": "any", "order": "updated_at asc", "limit": 10},
    "header": "X-Shopify-Access-Token",
    "secret": "SHOP_TOKEN",
}
POSTGRES = {"enabled": True, "kind": "postgres", "relation": "shop.orders", "cursor": "updated_at", "secret": "SHOP_DSN"}
STOCK = {"enabled": True, "kind": "postgres", "relation": "shop.stock", "secret": "SHOP_DSN"}
SCRIPT = """
import json, os, sys
from datetime import date
from pathlib import Path
from pydantic import TypeAdapter
from ingestion.contracts import load_contracts
from ingestion.pull.declared import Pull
from ingestion.pull.run import pull_all
from orchestration.control.store import ControlStore
home = Path(sys.argv[1])
pull = TypeAdapter(Pull).validate_python(json.loads(sys.argv[2]))
pull_all({"shop_orders": pull}, home / "extracts", ControlStore.open(home / "store"), load_contracts(home / "sources"), os.environ.get,
         day=date(2026, 6, 30), run_id="killed")
"""


def order(number: int, minutes: int = 0, **more: Any) -> dict[str, Any]:
    moment = datetime(2026, 6, 30, 8, tzinfo=UTC) + timedelta(minutes=minutes)
    # Shopify writes the shop's own offset: as texts, such times do not sort.
    shown = moment.astimezone(datetime.fromisoformat(f"2026-01-01T00:00:00+0{number % 3}:00").tzinfo).isoformat()
    return {"id": number, "email": f"canary{number}@example.org", "total_price": "12.30", "line_items": [], "updated_at": shown, **more}


class Puller:
    """A home with a landing zone; pull and load in it."""

    def __init__(self, home: Path) -> None:
        self.home, self.landing, self.secrets = home, home / "extracts", {"SHOP_TOKEN": TOKEN}
        (home / "sources").mkdir(parents=True)
        (home / "sources" / "shop.yml").write_text(CONTRACT, encoding="utf-8")
        self.landing.mkdir()
        self.contracts = load_contracts(home / "sources")
        self.store = ControlStore.open(home / "store")
        self.runs = 0

    def pull(self, declared: dict[str, Any], table: str = "shop_orders", day: date = DAY) -> PullOutcome:
        self.runs += 1
        pull = TypeAdapter(Pull).validate_python(declared)
        assert misfit(table, pull, self.contracts) is None
        (outcome,) = pull_all({table: pull}, self.landing, self.store, self.contracts, self._secret, day=day, run_id=f"run-{self.runs}")
        assert TOKEN not in repr(outcome) and "canary" not in repr(outcome)
        return outcome

    def _secret(self, variable: str) -> str:
        if variable not in self.secrets:
            raise PullError(f"{variable} is not set")
        return self.secrets[variable]

    def load(self, day: date = DAY) -> LoadReport:
        as_of = datetime(day.year, day.month, day.day, 22)
        report = load(self.landing, self.home / "raw", self.store, self.contracts, {"shop"}, as_of=as_of, as_of_date=day, run_id="load")
        assert not report.unknown and not report.set_aside
        assert all(outcome.attested for outcome in report.loaded)
        return report

    def rows(self, path: str | None) -> list[dict[str, Any]]:
        assert path
        return [json.loads(line) for line in gzip.decompress((self.landing / path).read_bytes()).splitlines()]

    def state(self) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.store.query("select cursor, seen from pull_states")]


@pytest.fixture
def puller(tmp_path: Path) -> Iterator[Puller]:
    puller = Puller(tmp_path / "home")
    yield puller
    puller.store.close()


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


@pytest.fixture
def api(sandbox: Sandbox) -> dict[str, Any]:
    return {**HTTP, "base_url": f"{sandbox.url}/shopify"}


def test_an_api_is_pulled_page_by_page_and_then_only_what_is_new(puller: Puller, sandbox: Sandbox, api: dict[str, Any]) -> None:
    sandbox.shopify.put([order(n, n, cancelled_at="2026-06-30T09:00:00Z" if n == 3 else None) for n in range(1, 26)])
    first = puller.pull(api)
    assert (first.status, first.rows, first.requests) == ("pulled", 25, 3)
    (loaded,) = puller.load().loaded
    assert (loaded.path, loaded.loaded, loaded.quarantined, loaded.status) == (first.path, 25, 0, "loaded")

    assert (again := puller.pull({**api, "overlap": 5})).status == "nothing new" and again.path is None
    assert (again.fetched, again.requests) == (6, 1), "the last row and five minutes of rows below it are looked at again"

    # At the boundary, late (committed after the cursor had passed it), changed, and new.
    sandbox.shopify.put([order(26, 25), order(27, 22), order(5, 40, total_price="1.00"), order(28, 41)])
    second = puller.pull({**api, "overlap": 5})
    assert sorted(row["id"] for row in puller.rows(second.path)) == [5, 26, 27, 28]
    assert (second.requests, second.fetched) == (1, 10)
    assert [outcome.loaded for outcome in puller.load().loaded] == [4]


def test_a_row_of_the_future_moves_no_cursor(puller: Puller, sandbox: Sandbox, api: dict[str, Any]) -> None:
    sandbox.shopify.put([order(1), order(2, 60 * 24 * 3650)])
    assert puller.pull(api).rows == 2
    assert puller.state()[0][0] == "2026-06-30T08:00:00+00:00"
    sandbox.shopify.put([order(3, 5)])
    assert [row["id"] for row in puller.rows(puller.pull(api).path)] == [3]


def test_another_declaration_begins_afresh(puller: Puller, sandbox: Sandbox, api: dict[str, Any]) -> None:
    sandbox.shopify.put([order(n, n) for n in range(1, 4)])
    puller.pull(api)
    assert puller.pull({**api, "parameters": {"status": "any"}}).rows == 3
    assert len(puller.load().loaded) == 2 and puller.load().unchanged == 2


def test_a_full_bucket_is_waited_for(puller: Puller, sandbox: Sandbox, api: dict[str, Any]) -> None:
    sandbox.shopify.put([order(n, n) for n in range(1, 26)])
    sandbox.shopify.bucket, sandbox.shopify.leak = 2, 4.0
    outcome = puller.pull(api)
    report = sandbox.shopify.report()
    assert (outcome.status, outcome.rows) == ("pulled", 25)
    assert report["limited"] >= 1 and outcome.requests == report["requests"] == 3 + report["limited"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"kind": "status", "status": 401}, "answered 401; the credential in SHOP_TOKEN was refused: renew it"),
        ({"kind": "status", "status": 302}, "answered 302"),
        ({"kind": "status", "status": 401, "skip": 1}, "answered 401"),
        ({"kind": "status", "status": 200, "body": {"errors": "canary1@example.org"}}, "no list of objects under 'orders'"),
    ],
    ids=["refused", "sent elsewhere", "refused on the second page", "not what was declared"],
)
def test_a_pull_that_fails_says_why_and_leaves_nothing(
    puller: Puller, sandbox: Sandbox, api: dict[str, Any], fault: dict[str, Any], message: str, caplog: Any, capfd: Any
) -> None:
    sandbox.shopify.put([order(n, n) for n in range(1, 26)])
    sandbox.faults.add({"destination": "shopify", **fault})
    outcome = puller.pull(api)
    assert (outcome.status, outcome.path) == ("failed", None) and message in outcome.message
    assert puller.state() == [] and [*puller.landing.rglob("*.*")] == []
    written = caplog.text + "".join(capfd.readouterr())
    assert TOKEN not in written and "canary" not in written
    sandbox.faults.clear()
    assert puller.pull(api).rows == 25


def test_no_secret_no_request_and_no_server_no_exception(puller: Puller, sandbox: Sandbox, api: dict[str, Any], monkeypatch: Any) -> None:
    from ingestion.pull import http

    monkeypatch.setattr(http, "ATTEMPTS", 1)
    assert "is not reachable" in puller.pull({**api, "base_url": "http://127.0.0.1:9"}).message
    puller.secrets.clear()
    assert puller.pull(api).message == "SHOP_TOKEN is not set"
    assert sandbox.shopify.requests == 0


@pytest.mark.parametrize("place", ["before_manifest", "after_manifest", "after_rename", "before_state", "after_state"])
def test_killed_at_any_step_and_run_again_every_row_is_there_once(
    puller: Puller, sandbox: Sandbox, api: dict[str, Any], place: str
) -> None:
    sandbox.shopify.put([order(n, n) for n in range(1, 26)])
    environment = {**os.environ, "CLIENTELE_KILLPOINT": f"pull.{place}", "SHOP_TOKEN": TOKEN}
    command = [sys.executable, "-c", SCRIPT, str(puller.home), json.dumps(api)]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    is_durable = place in ("after_rename", "before_state", "after_state")
    assert len([*puller.landing.rglob("*.jsonl.gz")]) == int(is_durable)
    assert bool(puller.state()) == (place == "after_state"), "the cursor moves after the file, never before"
    sandbox.shopify.put([order(26, 26)])
    puller.pull(api)
    report = puller.load()
    assert not [*puller.landing.rglob("*.part")]
    paths = [puller.landing / outcome.path for outcome in report.loaded]
    ids = {json.loads(line)["id"] for path in paths for line in gzip.decompress(path.read_bytes()).splitlines()}
    assert ids == set(range(1, 27))
    assert sum(outcome.loaded for outcome in report.loaded) == (26 if place in ("before_manifest", "after_manifest", "after_state") else 51)
    assert puller.pull(api).status == "nothing new"


@pytest.fixture
def database(puller: Puller, postgres: str) -> Iterator[psycopg.Connection[Any]]:
    puller.secrets["SHOP_DSN"] = postgres
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("drop schema if exists shop cascade; create schema shop")
        connection.execute(
            "create table shop.orders (id bigint primary key, email text, total_price numeric(18,3) not null,"
            " line_items jsonb, updated_at timestamptz)"
        )
        connection.execute("create table shop.stock (product text primary key, pieces integer)")
        yield connection


def test_a_database_is_pulled_and_then_only_what_is_new(puller: Puller, database: psycopg.Connection[Any]) -> None:
    database.execute("set time zone 'America/New_York'")
    database.execute(
        "insert into shop.orders select n, 'canary' || n || '@example.org', 12345678901234.567, '[{\"id\": 1}]',"
        " timestamptz '2026-06-30 08:00+00' + n * interval '1 minute' from generate_series(1, 25) as n"
    )
    first = puller.pull(POSTGRES)
    assert (first.status, first.rows) == ("pulled", 25)
    assert puller.rows(first.path)[0]["total_price"] == "12345678901234.567"
    assert [outcome.loaded for outcome in puller.load().loaded] == [25]

    database.execute("update shop.orders set total_price = 1, updated_at = '2026-06-30 08:40+00' where id = 5")
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


def test_a_table_without_a_cursor_is_pulled_whole(puller: Puller, database: psycopg.Connection[Any]) -> None:
    database.execute("insert into shop.stock values ('a', 1), ('b', 2), ('c', 3), ('d', 4), ('e', 5)")
    assert puller.pull(STOCK, "shop_stock").rows == 5
    assert [outcome.loaded for outcome in puller.load().loaded] == [5]
    database.execute("update shop.stock set pieces = 9 where product = 'a'")
    again = puller.pull(STOCK, "shop_stock")
    assert puller.load().loaded[0].path == again.path
    assert puller.store.query("select count(*) from extract_files where status = 'loaded'")[0][0] == 1, "the one before it is superseded"


def test_a_database_that_cannot_be_read_says_why(puller: Puller, database: psycopg.Connection[Any]) -> None:
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
        ({**HTTP, "base_url": "https://x.example", "since": None}, "shop_orders", "since: name the request parameter"),
        (POSTGRES, "shop_nothing", "there is no such raw table; known are shop_orders, shop_stock"),
    ],
)
def test_a_declaration_that_cannot_work_is_refused(puller: Puller, declared: dict[str, Any], table: str, message: str) -> None:
    assert message in (misfit(table, TypeAdapter(Pull).validate_python(declared), puller.contracts) or "")


@pytest.mark.parametrize("address", ["http://shop.example", "https://user:word@shop.example", "ftp://x"])
def test_a_secret_travels_by_https_and_stands_in_no_address(address: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        TypeAdapter(Pull).validate_python({**HTTP, "base_url": address})
