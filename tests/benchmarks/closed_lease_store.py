"""Part of `closed_lease.py`: a control store with rows in every table that a night builds on, the
pages that hold them, and a small published generation."""

import random
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from ingestion.entry import Entry
from ingestion.ledger import Ledger
from ingestion.storage.protocol import Stat
from orchestration.control.store import ControlStore
from orchestration.reverse_etl.clock import SYSTEM_CLOCK
from orchestration.reverse_etl.outbox import Outbox
from orchestration.reverse_etl.protocol import Outcome, Row
from orchestration.warehouse.connection import connect
from orchestration.warehouse.generations import Generations
from orchestration.warehouse.inputs import Inputs
from tests.orchestration.generation_makers import TABLES, make_inputs

# Tables that people's commands write, and the night's own.
_BY_HAND = {
    "runs": (
        "insert into runs (run_id, kind, as_of, status, pid, boot_id, started_at, report)"
        " values ('run-' || ?1, 'nightly', ?2, 'published', 1, 'b', ?2, printf('%.2000c', 'x'))"
    ),
    "customer_id_files": (
        "insert into customer_id_files values (?1, 'file-' || ?1, ?2, 'run', 3, hex(?1 * 7919))"
    ),
    "identity_overrides": (
        "insert into identity_overrides (rule, left_record_id, right_record_id, author, reason,"
        " created_at) values ('same', 'left:' || ?1, 'right:' || ?1, 'a person', 'twins', ?2)"
    ),
    "segment_changes": (
        "insert into segment_changes values ('a segment', 'c_' || ?1, 'entered', 1, ?2, 'run')"
    ),
    "holds": (
        "insert into holds (sync, run_id, reason, plan_hash, summary, status, created_at)"
        " values ('list-' || ?1, 'run', 'many', hex(?1 * 7919), '{}', 'dismissed', ?2)"
    ),
    "gate_results": (
        "insert into gate_results values ('run', ?2, 'core', 'orders', 'gate ' || ?1, 'critical',"
        " 'passed', '0', '0', ?2)"
    ),
}


def fill(store: ControlStore, rows: int) -> None:
    """Write `rows` rows to each table, by the writers that the product has where it is more than
    a statement."""
    moment = datetime(2026, 6, 30)
    entries = [
        Entry(
            **dict.fromkeys(Entry.__dataclass_fields__)
            | {"sequence": number, "file_id": f"{number:032x}", "sha256": f"{number:064x}"}
            | {"source": "shop", "table_name": "orders", "path": f"shop/orders-{number}.jsonl"}
            | {"size": number, "as_of": "2026-06-30T00:00:00Z", "run_id": "run", "revision": 1}
            | {"contract_version": 1, "status": "loaded", "loaded_at": "2026-06-30T00:00:00Z"}
            | {"attested": 0, "rows_replayed": 0, "rows_deleted": 0}
        )
        for number in range(1, rows + 1)
    ]
    seen = [(entry.path, Stat(1, 2, 3, 4), entry.sha256) for entry in entries]
    Ledger(store).record(entries, [], seen, moment)
    outbox = Outbox(store, "a list", "run", "as of", "secret", SYSTEM_CLOCK, "same_key")
    sent = [
        Row(
            f"c_{number}",
            "upsert",
            1,
            f"i{number}",
            "{}",
            f"{number * 7919:032x}",
            None,
            f"{number * 104729:032x}",
            f"{number:032x}",
            None,
            True,
            False,
        )
        for number in range(rows)
    ]
    outbox.exchange([], sent)
    outbox.exchange([(row, Outcome("acknowledged", None, row.key)) for row in sent], [])
    with store.transaction() as db:
        for statement in _BY_HAND.values():
            db.executemany(
                statement, [(number, "2026-06-30T00:00:00Z") for number in range(1, rows + 1)]
            )


def rows_read(store: ControlStore) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the tables that are added up, in the order in which a night reads them."""
    tables = [row["table_name"] for row in store.query("select table_name from row_digests")]
    tables.append("delivery_state")
    return {
        table: [tuple(row) for row in store.query(f"select * from {table}")]
        for table in tables
        if table != "sqlite_schema"
    }


def guarded_pages(path: Path) -> tuple[list[int], list[int]]:
    """Numbers of the file's pages: those of the tables that are added up, with their indexes, and
    all others."""
    with closing(sqlite3.connect(path)) as db:
        guarded = {
            page
            for (page,) in db.execute(
                "select pageno from dbstat where name in (select s.name from sqlite_schema as s"
                " left join row_digests on table_name = tbl_name"
                " where digest is not null or tbl_name = 'delivery_state')"
            )
        }
        (count,) = db.execute("pragma page_count").fetchone()
    return sorted(guarded), [page for page in range(1, count + 1) if page not in guarded]


def flipped(path: Path, pages: list[int], dice: random.Random) -> Path:
    """A copy of the store with one bit of one of the pages flipped."""
    copy = path.with_name("flipped.sqlite")
    for left in path.parent.glob("flipped.sqlite*"):
        left.unlink()
    shutil.copy(path, copy)
    content = bytearray(copy.read_bytes())
    size = int.from_bytes(content[16:18], "big")
    place = (dice.choice(pages) - 1) * size + dice.randrange(size)
    content[place] ^= 1 << dice.randrange(8)
    copy.write_bytes(content)
    return copy


def published_generation(folder: Path) -> tuple[Generations, Inputs]:
    """A sealed generation that can be published."""
    inputs = make_inputs(folder)
    connection = connect(inputs, write=True)
    for layer, statements in TABLES.items():
        connection.execute(f"create schema clientele.{layer}")
        for statement in statements:
            connection.execute(statement)
    connection.close()
    generations = Generations(folder / "generations")
    generations.seal(inputs, [], 0, "code")
    return generations, inputs
