"""Pulls from a Shopify-like API: into the landing zone, once each, and on into raw."""

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from pulls import HTTP, TOKEN, Puller, order

from orchestration.reverse_etl.sandbox import Sandbox

SCRIPT = """
import json, os, sys
from datetime import date
from pathlib import Path
from pydantic import TypeAdapter
from ingestion.contracts.reading import load_contracts
from ingestion.pull.declared import Pull
from ingestion.pull.run import pull_all
from ingestion.storage.folder import Folder
from orchestration.control.store import ControlStore
home = Path(sys.argv[1])
pull = TypeAdapter(Pull).validate_python(json.loads(sys.argv[2]))
store, contracts = ControlStore.open(home / "store"), load_contracts(home / "sources")
landing = Folder(home / "extracts")
pull_all(
    {"shop_orders": pull}, landing, store, contracts, os.environ.get,
    day=date(2026, 6, 30), run_id="killed",
)
"""


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


def test_an_api_is_pulled_page_by_page_and_then_only_what_is_new(
    puller: Puller, sandbox: Sandbox, api: dict[str, Any]
) -> None:
    sandbox.shopify.put(
        [order(n, n, cancelled_at="2026-06-30T09:00:00Z" if n == 3 else None) for n in range(1, 26)]
    )
    first = puller.pull(api)
    assert (first.status, first.rows, first.requests) == ("pulled", 25, 3)
    (loaded,) = puller.load().loaded
    assert (loaded.path, loaded.loaded, loaded.quarantined, loaded.status) == (
        first.path,
        25,
        0,
        "loaded",
    )

    assert (
        again := puller.pull({**api, "overlap": 5})
    ).status == "nothing new" and again.path is None
    assert (again.fetched, again.requests) == (6, 1), (
        "the last row and five minutes of rows below it are looked at again"
    )

    # At the boundary, late (committed after the cursor had passed it), changed, and new.
    sandbox.shopify.put(
        [order(26, 25), order(27, 22), order(5, 40, total_price="1.00"), order(28, 41)]
    )
    second = puller.pull({**api, "overlap": 5})
    assert sorted(row["id"] for row in puller.rows(second.path)) == [5, 26, 27, 28]
    assert (second.requests, second.fetched) == (1, 10)
    assert [outcome.loaded for outcome in puller.load().loaded] == [4]


def test_a_row_of_the_future_moves_no_cursor(
    puller: Puller, sandbox: Sandbox, api: dict[str, Any]
) -> None:
    sandbox.shopify.put([order(1), order(2, 60 * 24 * 3650)])
    assert puller.pull(api).rows == 2
    assert puller.state()[0][0] == "2026-06-30T08:00:00+00:00"
    sandbox.shopify.put([order(3, 5)])
    assert [row["id"] for row in puller.rows(puller.pull(api).path)] == [3]


def test_another_declaration_begins_afresh(
    puller: Puller, sandbox: Sandbox, api: dict[str, Any]
) -> None:
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
    assert (
        report["limited"] >= 1 and outcome.requests == report["requests"] == 3 + report["limited"]
    )


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            {"kind": "status", "status": 401},
            "answered 401; the credential in SHOP_TOKEN was refused: renew it",
        ),
        ({"kind": "status", "status": 302}, "answered 302"),
        ({"kind": "status", "status": 401, "skip": 1}, "answered 401"),
        (
            {"kind": "status", "status": 200, "body": {"errors": "canary1@example.org"}},
            "no list of objects under 'orders'",
        ),
    ],
    ids=["refused", "sent elsewhere", "refused on the second page", "not what was declared"],
)
def test_a_pull_that_fails_says_why_and_leaves_nothing(
    puller: Puller,
    sandbox: Sandbox,
    api: dict[str, Any],
    fault: dict[str, Any],
    message: str,
    caplog: Any,
    capfd: Any,
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


def test_a_row_nested_too_deep_costs_itself_not_its_pull(
    puller: Puller, sandbox: Sandbox, api: dict[str, Any]
) -> None:
    nested: list[Any] = []
    for _ in range(150):
        nested = [nested]
    sandbox.shopify.put([order(1, 1, note=nested), order(2, 2, note="x" * (20 << 20)), order(3, 3)])
    assert puller.pull(api).rows == 3
    (loaded,) = puller.load().loaded
    assert (loaded.loaded, loaded.quarantined) == (2, 1)
    assert loaded.reasons == {"nested deeper than 100": 1}
    assert puller.pull(api).status == "nothing new"


@pytest.mark.parametrize(
    ("limit", "value", "told"),
    [
        ("LONGEST_PAGE_BYTES", 10, "answered with a page of more than"),
        ("LONGEST_PULL_SECONDS", -1.0, "had not come to an end"),
    ],
)
def test_a_server_without_end_costs_its_own_pull(
    puller: Puller,
    sandbox: Sandbox,
    api: dict[str, Any],
    monkeypatch: Any,
    limit: str,
    value: float,
    told: str,
) -> None:
    from ingestion.pull import http

    monkeypatch.setattr(http, limit, value)
    sandbox.shopify.put([order(n, n) for n in range(1, 5)])
    outcome = puller.pull(api)
    assert outcome.status == "failed" and told in outcome.message
    assert puller.state() == []


def test_no_secret_no_request_and_no_server_no_exception(
    puller: Puller, sandbox: Sandbox, api: dict[str, Any], monkeypatch: Any
) -> None:
    from ingestion.pull import http

    monkeypatch.setattr(http, "ATTEMPTS", 1)
    assert "is not reachable" in puller.pull({**api, "base_url": "http://127.0.0.1:9"}).message
    puller.secrets.clear()
    assert puller.pull(api).message == "SHOP_TOKEN is not set"
    assert sandbox.shopify.requests == 0


@pytest.mark.parametrize(
    "place", ["before_manifest", "after_manifest", "after_file", "before_state", "after_state"]
)
def test_killed_at_any_step_and_run_again_every_row_is_there_once(
    puller: Puller, sandbox: Sandbox, api: dict[str, Any], place: str
) -> None:
    sandbox.shopify.put([order(n, n) for n in range(1, 26)])
    environment = {**os.environ, "CLIENTELE_KILLPOINT": f"pull.{place}", "SHOP_TOKEN": TOKEN}
    command = [sys.executable, "-c", SCRIPT, str(puller.home), json.dumps(api)]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    is_durable = place in ("after_file", "before_state", "after_state")
    assert len([*puller.landing.rglob("*.jsonl.gz")]) == int(is_durable)
    assert bool(puller.state()) == (place == "after_state"), (
        "the cursor moves after the file, never before"
    )
    sandbox.shopify.put([order(26, 26)])
    puller.pull(api)
    report = puller.load()
    assert not [*puller.landing.rglob("*.part")]
    paths = [puller.landing / outcome.path for outcome in report.loaded]
    ids = {
        json.loads(line)["id"]
        for path in paths
        for line in gzip.decompress(path.read_bytes()).splitlines()
    }
    assert ids == set(range(1, 27))
    assert sum(outcome.loaded for outcome in report.loaded) == (
        26 if place in ("before_manifest", "after_manifest", "after_state") else 51
    )
    assert puller.pull(api).status == "nothing new"
