"""Part of topic `closed`: what leaves the house with values that were made to be more than values.

Rows go the way of a night's: from a generation through the engine to the destination, a file on
disk and a mail server.
"""

import csv
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from commands import figure

from orchestration.control.store import ControlStore
from orchestration.reverse_etl import destinations
from orchestration.reverse_etl.engine import deliver
from orchestration.reverse_etl.protocol import DestinationConfig
from orchestration.reverse_etl.spec import SyncSpec
from tests.reverse_etl.hostile_values import FORMULAS, FORMULAS_INSIDE, HEADERS
from tests.reverse_etl.smtp_server import serve

KEY = "of the figures"
TABLES = """
create schema sync; create schema core; create schema identity;
create table core.consents (contact_point varchar, channel varchar, purpose varchar, state varchar);
create table core.exclusions (contact_point varchar, purpose varchar, consequence varchar);
create table identity.identity_aliases (alias_customer_id varchar, customer_id varchar);
"""
COMPUTES = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
GIVEN = {"from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post"}


def measure(size: str = "full") -> list[dict[str, Any]]:
    """Both figures; they take seconds at any size."""
    with tempfile.TemporaryDirectory(prefix="clientele-figures-") as folder:
        return [_csv_formulas(Path(folder)), _header_injections(Path(folder))]


def _csv_formulas(folder: Path) -> dict[str, Any]:
    """Cells that a spreadsheet would compute, in a partner's file and its key, by its own comma
    and by the semicolon of another locale."""
    tried = [*FORMULAS, *FORMULAS_INSIDE]
    rows = [{"event_id": value, "point": f"p{n}", "name": value} for n, value in enumerate(tried)]
    _send("files", {"folder": str(folder / "out"), "format": "csv"}, None, rows, folder)
    found = 0
    with (folder / "out" / "rows.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found += sum(_computes(value) for value in row.values())
    note = f"of {2 * len(tried)} cells of {len(tried)} hostile texts, as value and as key"
    return figure("csv_formulas", found, "cells", "= 0", note)


def _computes(value: str) -> bool:
    """Whether a reader would take the value, or what stands behind a semicolon or a line break in
    it, for a formula."""
    cells = value.replace("\t", ";").replace("\r", ";").replace("\n", ";").split(";")
    begun = [value, *(cell.lstrip(' "\xa0\u200b\x01') for cell in cells)]
    return any(cell.startswith(COMPUTES) for cell in begun)


def _header_injections(folder: Path) -> dict[str, Any]:
    """Mails that arrived with another header, recipient or part than they were given."""
    common = {"subject": "Hello", "text": "A text", "unsubscribe_url": "https://shop.example/u"}
    rows = [
        {"event_id": f"e{n}", "point": f"p{n}", "email": "a@b.example", **common, column: value}
        for n, (column, value) in enumerate(HEADERS)
    ]
    rows.append({"event_id": "honest", "point": "h", "email": "ada@b.example", **common})
    with _mailbox() as (box, url):
        _send("smtp_email", {"from": "Shop <shop@shop.example>"}, url, rows, folder)
        arrived = list(box.messages)
    honest = [message for message in arrived if message["To"] == "ada@b.example"]
    if len(honest) != 1:
        raise RuntimeError("the honest mail did not arrive, so nothing was tried")
    found = sum(not _is_as_given(message) for message in arrived)
    note = f"of {len(HEADERS)} mails with hostile subjects, addresses and links"
    return figure("header_injections", found, "mails", "= 0", note)


def _is_as_given(message: Any) -> bool:
    names = [name.lower() for name in message.keys()]  # noqa: SIM118 - a name may come twice
    own = [name for name in names if not name.startswith(("content-", "mime-"))]
    return set(own) <= GIVEN and len(own) == len(set(own)) and not message.is_multipart()


@contextmanager
def _mailbox() -> Iterator[tuple[Any, str]]:
    yield from serve()


def _send(
    kind: str,
    options: Mapping[str, Any],
    base_url: str | None,
    rows: Sequence[Mapping[str, str]],
    folder: Path,
) -> None:
    """One sync of these rows, each granted, to a destination."""
    names = list(rows[0])
    path = folder / f"{kind}.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
        connection.execute(f"create table sync.rows ({', '.join(f'{n} varchar' for n in names)})")
        marks = ", ".join("?" for _ in names)
        for row in rows:
            connection.execute(f"insert into sync.rows values ({marks})", [row[n] for n in names])
        connection.execute(
            "insert into core.consents select point, 'email', 'marketing', 'granted' from sync.rows"
        )
    spec = SyncSpec(
        name=kind,
        destination=kind,
        object="rows",
        relation=("sync", "rows"),
        key="event_id",
        mode="append",
        purpose="marketing",
        channel="email",
        contact_point="point",
        fields=tuple(name for name in names if name not in ("event_id", "point")),
    )
    config = DestinationConfig(kind, lambda: "", base_url, {"rate_limit": "none", **options})
    store = ControlStore.open(folder / kind / "clientele.sqlite")
    try:
        with duckdb.connect() as generation:
            generation.execute(f"set variable customer_id_key = '{KEY}'")
            generation.execute(f"attach '{path}' as clientele (read_only)")
            generation.execute("set search_path = 'clientele.main'")
            result = deliver(
                spec,
                store=store,
                generation=generation,
                run_id="figures",
                as_of=datetime(2026, 1, 1),
                destination=destinations.build(config),
            )
        if result.status != "done":
            raise RuntimeError(f"{kind}: {result.status}: {result.message}")
    finally:
        store.close()
