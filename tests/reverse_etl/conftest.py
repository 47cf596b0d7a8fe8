"""A small world for the tests of reverse ETL: a generation of two tables, a control store,
the sandbox, a clock that never sleeps."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from by_hand import Sent

from orchestration.control.store import ControlStore
from orchestration.reverse_etl import destinations
from orchestration.reverse_etl.engine import Progress, deliver
from orchestration.reverse_etl.protocol import Destination, DestinationConfig
from orchestration.reverse_etl.result import SyncResult
from orchestration.reverse_etl.sandbox import Sandbox
from orchestration.reverse_etl.spec import SyncSpec

SECRET = "pat-canary-7c1f9e"
KEY = "0123456789abcdef0123456789abcdef"
CONTACTS = SyncSpec(
    name="hubspot_contacts",
    destination="hubspot",
    object="contacts",
    relation=("sync", "contacts"),
    key="customer_id",
    on_removal="archive",
    purpose="marketing",
    channel="email",
    contact_point="email",
)


class FakeClock:
    """Time that passes only when somebody sleeps; the longest jitter always."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.slept: list[float] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def jitter(self, upper: float) -> float:
        return upper


class World:
    """Rows in, deliveries out."""

    def __init__(
        self, folder: Path, sandbox: Sandbox, connection: duckdb.DuckDBPyConnection
    ) -> None:
        self.folder, self.sandbox, self.connection = folder, sandbox, connection
        self.clock = FakeClock()
        self.store = ControlStore.open(folder / "control" / "clientele.sqlite")
        self.spec = CONTACTS
        self.rows: dict[str, dict[str, Any]] = {}
        self.withdrawn: set[str] = set()
        self.missing: set[str] = set()
        self.extra_rows: list[tuple[Any, ...]] = []
        self.aliases: list[str] = []
        self.excluded: list[
            tuple[Any, ...]
        ] = []  # contact point, purpose (null: every), consequence
        self.secret: Callable[[], str] = lambda: SECRET
        self.options: dict[str, Any] = {"rate_limit": "none"}
        self.base_url = f"{sandbox.url}/hubspot"
        self.views: list[str] = []  # SQL that a generation is finished with
        self.runs = 0

    def people(self, count: int, **values: Any) -> None:
        """Customers c0 … with distinct addresses; `values` overrides their fields."""
        self.rows = {
            f"c{i}": {
                "email": f"canary{i}@example.org",
                "firstname": f"Name {i}",
                "ltv": i + 0.25,
                **values,
            }
            for i in range(count)
        }

    def generation(self) -> Path:
        """Write the generation's file."""
        path = self.folder / "gen.duckdb"
        path.unlink(missing_ok=True)
        with duckdb.connect(str(path)) as connection:
            connection.execute("create schema sync; create schema core; create schema identity")
            connection.execute(
                "create table sync.contacts (customer_id varchar, email varchar, firstname varchar,"
                " ltv decimal(18,2), since date)"
            )
            connection.execute(
                "create table core.consents "
                "(contact_point_type varchar, contact_point varchar, channel varchar, "
                "purpose varchar, state varchar)"
            )
            connection.execute(
                "create table core.exclusions (contact_point varchar, purpose varchar,"
                " consequence varchar)"
            )
            if self.excluded:
                insert(connection, "core.exclusions", self.excluded)
            connection.execute(
                "create table identity.identity_aliases (alias_customer_id varchar,"
                " customer_id varchar)"
            )
            rows = [
                (key, row["email"], row["firstname"], row["ltv"], row.get("since"))
                for key, row in self.rows.items()
            ]
            rows += self.extra_rows
            if rows:
                insert(connection, "sync.contacts", rows)
            addresses = {
                row["email"] for row in self.rows.values() if row["email"]
            } | self.withdrawn
            consents = [
                (
                    "email",
                    address,
                    "email",
                    "marketing",
                    "withdrawn" if address in self.withdrawn else "granted",
                )
                for address in sorted(addresses - self.missing)
            ]
            if consents:
                insert(connection, "core.consents", consents)
            if self.aliases:
                insert(
                    connection,
                    "identity.identity_aliases",
                    [(alias, "c0") for alias in self.aliases],
                )
            for view in self.views:
                connection.execute(view)
        return path

    def destination(self) -> Destination:
        return destinations.build(
            DestinationConfig(
                name=self.spec.destination,
                secret=lambda: self.secret(),
                base_url=self.base_url,
                options=self.options,
                limits_folder=self.folder / "limits",
                clock=self.clock,
            )
        )

    def deliver(
        self,
        *,
        destination: Destination | None = None,
        progress: Progress | None = None,
        **changes: Any,
    ) -> SyncResult:
        """Deliver the current rows; `changes` override the spec for this run."""
        self.runs += 1
        # As the project opens a generation: attached read-only under its fixed name.
        self.connection.execute(f"attach '{self.generation()}' as clientele (read_only)")
        self.connection.execute("set search_path = 'clientele.main'")
        try:
            return deliver(
                replace(self.spec, **changes),
                store=self.store,
                generation=self.connection,
                run_id=f"run-{self.runs}",
                as_of=datetime(2026, 1, self.runs),
                destination=destination or self.destination(),
                progress=progress,
                clock=self.clock,
            )
        finally:
            self.connection.execute("set search_path = 'memory.main'")
            self.connection.execute("detach clientele")

    @property
    def control(self) -> dict[str, str]:
        """What the sandbox's control plane wants to see."""
        return {"Authorization": f"Bearer {self.sandbox.token}"}

    def fault(self, **fault: Any) -> None:
        post(f"{self.sandbox.url}/__ctl/faults", fault, self.control)

    def effects(self, system: str = "hubspot") -> dict[str, Any]:
        asked = urllib.request.Request(f"{self.sandbox.url}/__ctl/effects", headers=self.control)
        with urllib.request.urlopen(asked) as answer:
            effects: dict[str, Any] = json.load(answer)[system]
        return effects

    def contacts(self) -> dict[str, dict[str, str]]:
        """What HubSpot holds, by our key."""
        return {
            contact["clientele_customer_id"]: contact
            for contact in self.effects()["contacts"].values()
        }


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    """Rows into a table in one statement; `executemany` takes milliseconds a row."""
    fields = ", ".join(f"list_extract(value, {i + 1})" for i in range(len(rows[0])))
    texts = json.dumps([[None if value is None else str(value) for value in row] for row in rows])
    connection.execute(
        f"insert into {table} select {fields}"
        " from (select unnest(from_json(?::json, '[[\"VARCHAR\"]]')) as value)",
        [texts],
    )


def post(
    url: str, body: Any, headers: dict[str, str] | None = None, method: str = "POST"
) -> tuple[int, Any]:
    """POST JSON (null: no body); status and body of whatever comes back."""
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url, content, {"Content-Type": "application/json", **(headers or {})}, method=method
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(f"set variable customer_id_key = '{KEY}'")
        yield opened


@pytest.fixture
def world(
    tmp_path: Path, sandbox: Sandbox, connection: duckdb.DuckDBPyConnection
) -> Iterator[World]:
    sandbox.reset()
    made = World(tmp_path, sandbox, connection)
    yield made
    made.store.close()


@pytest.fixture
def post_json() -> Callable[..., tuple[int, Any]]:
    return post


@pytest.fixture
def sent(world: World) -> Iterator[Callable[..., Sent]]:
    """Opens a destination of a kind, to be sent rows by hand."""
    opened = []

    def open_kind(kind: str, secret: str = "secret-us6") -> Sent:
        opened.append(Sent(world, kind, secret))
        return opened[-1]

    yield open_kind
    for one in opened:
        one.destination.close()
