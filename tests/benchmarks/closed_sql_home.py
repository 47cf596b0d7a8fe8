"""A small published home to try the shell on: what may be seen of it, what may not, and
who tells when something got out."""

import contextlib
import hashlib
import io
import os
import socket
import sqlite3
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
import duckdb_extensions

from ingestion.sql import quote
from orchestration.cli.sql import shell
from orchestration.control.store import ControlStore
from orchestration.home import Home
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.inputs import Inputs, Relation

# Whatever of this is printed was read by a way that is closed.
CANARIES = {
    "key": "5ec2e7" * 8,
    "quarantined": "Quarantined Row 1",
    "raw": "raw-row-canary",  # no attempt asks the view `raw.shop_orders`
    "listed": "never-named-canary",
    "plan": "held-plan-canary",
    "body": "outbox-body-canary",
    "file": "outside-file-canary",
    "passwd": "root:",
    "environment": "CLIENTELE_HOME=",
}
FILE_ID = "0123456789abcdef0123456789abcdef"
# What no statement may change: printed after each attempt.
AFTERWARDS = """
rollback;
select 'settings: ' || string_agg(name || '=' || value, ', ' order by name) as settings
from duckdb_settings()
where name in ('memory_limit', 'threads', 'enable_external_access', 'lock_configuration',
    'max_temp_directory_size', 'temp_directory', 'file_search_path', 'http_proxy',
    'python_enable_replacements', 'allow_unredacted_secrets', 'autoload_known_extensions')
"""


@dataclass(frozen=True)
class SmallHome:
    """A published home in `folder`, and a folder beside it that is none of the shell's."""

    folder: Path
    places: dict[str, str]

    @property
    def outside(self) -> Path:
        return self.folder / "outside"


def make_home(folder: Path) -> SmallHome:
    """Publish a generation of two tables, with a raw file, a quarantined row, a hold and an
    outbox."""
    home = Home(folder / "home")
    outside = folder / "outside"
    outside.mkdir(parents=True)
    key = home.path / "control" / "installation.key"
    key.parent.mkdir(parents=True)
    key.write_text(CANARIES["key"], encoding="ascii")
    for name in ("secret.csv", "secret.json"):
        (outside / name).write_text(f'{{"a": "{CANARIES["file"]}"}}\n', encoding="ascii")
    raw = home.raw / "shop" / "orders" / f"{FILE_ID}.r1.parquet"
    quarantine = home.raw / "_quarantine" / "shop" / "orders" / raw.name
    with duckdb.connect() as connection:
        for file, row in (
            (raw, f"select 1::bigint as id, {quote(CANARIES['raw'])} as note"),
            (quarantine, f"select 'shop' as source, '{CANARIES['quarantined']}' as raw_row"),
        ):
            file.parent.mkdir(parents=True)
            file.with_name(CANARIES["listed"]).touch()
            connection.execute(
                f"copy ({row}) to {quote(str(file))} (format parquet, compression uncompressed)"
            )
        connection.execute(f"attach {quote(str(outside / 'other.duckdb'))} as other")
        connection.execute(f"create table other.secrets as select '{CANARIES['file']}' as a")
    generation = _publish(home, key, raw)
    _fill_store(home)
    places = {
        "home": home.path,
        "outside": outside,
        "key": key,
        "key_name": f"../control/{key.name}",
        "raw": raw,
        "quarantine": quarantine,
        "store": home.store,
        "generation": generation,
        "spill": generation.with_suffix(f".spill-{os.getpid()}"),
        "httpfs": next(
            Path(duckdb_extensions.__file__).parent.parent.rglob("httpfs.duckdb_extension*"),
            "httpfs",
        ),
    }
    return SmallHome(folder, {name: str(place) for name, place in places.items()})


def _publish(home: Home, key: Path, raw: Path) -> Path:
    relations = {"raw.shop_orders": Relation({"id": "bigint", "note": "varchar"}, (str(raw),))}
    generations = Generations(home.generations)
    inputs = Inputs(
        run_id="one",
        as_of=datetime(2026, 6, 30, 22),
        as_of_date=date(2026, 6, 30),
        generation=generations.file("one"),
        key_file=key,
        relations=relations,
    )
    inputs.save(generations.inputs(inputs.run_id))
    connection = connect(inputs, write=True)
    connection.execute("create schema clientele.core")
    connection.execute("create table clientele.core.customers as select 'c_1' as customer_id")
    connection.close()
    generations.seal(inputs, [], 0, "code")
    generations.point_to(inputs.run_id)
    return inputs.generation


def _fill_store(home: Home) -> None:
    hold, body = CANARIES["plan"], CANARIES["body"]
    rows = {
        "runs (run_id, kind, as_of, status, pid, boot_id, started_at)": (
            *("one", "nightly", "t", "published", 1, "b", "t"),
        ),
        "holds (sync, run_id, reason, plan_hash, summary, plan, status, created_at)": (
            *("s", "one", "too many", "h", "{}", hold, "waiting", "t"),
        ),
        "outbox (sync, key, version, action, idempotency_key, payload, status, run_id,"
        " queued_at)": (*("s", "k", 1, "upsert", "i", body, "sending", "one", "t"),),
        "extract_files (sequence, file_id, sha256, source, table_name, path, size, business_date,"
        " as_of, run_id, rows_quarantined, schema_hash, contract_version, status, loaded_at)": (
            *(1, FILE_ID, "s", "shop", "orders", "p", 1, "d"),
            *("t", "one", 1, "h", 1, "refused", "t"),
        ),
    }
    store = ControlStore.open(home.store)
    with store.transaction() as db:
        for table, row in rows.items():
            db.execute(f"insert into {table} values ({', '.join('?' * len(row))})", row)
    store.close()


def session(statements: Sequence[str], home: SmallHome) -> str:
    """What one session of `clientele sql` prints, statement by statement, errors too."""
    typed = "".join(f"{statement};\n" for statement in statements)
    printed = io.StringIO()
    given = sys.stdin
    kept = {name: os.environ.get(name) for name in ("CLIENTELE_HOME", "COLUMNS")}
    os.environ |= {"CLIENTELE_HOME": home.places["home"], "COLUMNS": "100000"}
    try:
        sys.stdin = io.StringIO(typed)
        with contextlib.redirect_stdout(printed), contextlib.chdir(home.outside):
            shell(None)
    finally:
        sys.stdin = given
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    return printed.getvalue()


def seen(printed: str, idle: str) -> list[str]:
    """What is printed of that which is closed, and whether the settings are not those of `idle`."""
    found = [name for name, canary in CANARIES.items() if canary in printed]
    return found + (["settings"] if _settings(printed) != _settings(idle) else [])


def _settings(printed: str) -> list[str]:
    return [line for line in printed.splitlines() if "settings: " in line]


def what_got_out(statements: Sequence[str], home: SmallHome, idle: str) -> list[str]:
    """What an attempt read, wrote, changed or called that is closed; nothing when it held.

    idle: what a session without an attempt prints.
    """
    with watched(home) as (places, done):
        printed = session([*(text.format(**places) for text in statements), AFTERWARDS], home)
    return seen(printed, idle) + done


@contextlib.contextmanager
def watched(home: SmallHome) -> Iterator[tuple[dict[str, str], list[str]]]:
    """The places that attempts name, and what was written or called by the end of the block."""
    found: list[str] = []
    before = _tree(home)
    with _listening() as (port, calls):
        address = {"port": str(port), "address": f"http://127.0.0.1:{port}"}
        yield home.places | address, found
    found += [f"{file} changed" for file in sorted(dict(before ^ _tree(home)))]
    found += calls[:1]


def _tree(home: SmallHome) -> set[tuple[str, str]]:
    """Files below the home and outside with a digest of each; of the control store its rows."""
    found = set()
    for file in home.folder.rglob("*"):
        if file.is_file() and not file.name.startswith("clientele.sqlite"):
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            found.add((str(file.relative_to(home.folder)), digest))
    with contextlib.closing(sqlite3.connect(home.places["store"])) as store:
        found.add(("the control store", "\n".join(store.iterdump())))
    return found


@contextlib.contextmanager
def _listening() -> Iterator[tuple[int, list[str]]]:
    """A port of this machine, and who called it."""
    calls: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    caller, address = server.accept()
                    calls.append(str(address))
                    caller.close()

        threading.Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1], calls
        server.shutdown(socket.SHUT_RDWR)
