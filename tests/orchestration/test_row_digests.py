"""What stands in the control store is what was written: a changed byte is seen, by table."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ingestion.ledger import Ledger
from orchestration.control.digests import StoreDamagedError
from orchestration.control.lease import Lease
from orchestration.control.store import ControlStore
from orchestration.reverse_etl.clock import SYSTEM_CLOCK
from orchestration.reverse_etl.outbox import Outbox
from orchestration.reverse_etl.protocol import UPSERT, Outcome, Row

MARK = "marked-by-the-test"
# One row of each table that a night builds on or sends by, with the mark in one of its columns.
ROWS = {
    "runs": (
        "insert into runs (run_id, kind, as_of, status, pid, boot_id, started_at)"
        f" values ('r', 'nightly', 't', '{MARK}', 1, 'b', 't')"
    ),
    "extract_files": (
        "insert into extract_files (sequence, file_id, sha256, source, table_name, path, size,"
        " as_of, run_id, contract_version, status, loaded_at)"
        f" values (1, 'f', '{MARK}', 's', 't', 'p', 1, 'a', 'r', 1, 'loaded', 't')"
    ),
    "extract_names": f"insert into extract_names values ('s', 't', 'p', '{MARK}')",
    "landing_files": f"insert into landing_files values ('p', 1, 1, 1, 1, '{MARK}')",
    "customer_id_files": f"insert into customer_id_files values (1, 'p', 'a', 'r', 1, '{MARK}')",
    "pull_states": f"insert into pull_states values ('p', 'd', '{MARK}', '[]', 'r')",
    "identity_overrides": (
        "insert into identity_overrides (rule, left_record_id, right_record_id, author, reason,"
        f" created_at) values ('same', '{MARK}', 'b', 'a', 'r', 't')"
    ),
    "segment_changes": f"insert into segment_changes values ('s', '{MARK}', 'left', 1, 'a', 'r')",
    "holds": (
        "insert into holds (sync, run_id, reason, plan_hash, summary, status, created_at)"
        f" values ('s', 'r', 'r', '{MARK}', '{{}}', 'waiting', 't')"
    ),
    "sync_mappings": f"insert into sync_mappings values ('s', '{MARK}', 'r', 't')",
    "delivery_due": f"insert into delivery_due values ('s', 'k', '{MARK}')",
}


@pytest.fixture
def store(tmp_path: Path) -> ControlStore:
    return ControlStore.open(tmp_path / "control" / "clientele.sqlite")


def _flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("table", ROWS)
def test_a_changed_byte_stops_whoever_would_write_and_names_the_table(
    store: ControlStore, table: str
) -> None:
    with store.transaction() as db:
        db.execute(ROWS[table])
    Lease.acquire(store, "before").release()
    store.close()
    _flip(store.path, store.path.read_bytes().index(MARK.encode()) + 4)
    damaged = ControlStore.open(store.path)
    with pytest.raises(StoreDamagedError, match=rf"{store.path}: table {table}: .*your backup"):
        Lease.acquire(damaged, "after")
    # The lock is let go: the restored file can be used by the same process.
    damaged.close()
    _flip(store.path, store.path.read_bytes().index(MARK[5:].encode()) - 1)
    Lease.acquire(ControlStore.open(store.path), "restored").release()


def test_every_table_is_added_up_or_named_as_left_out(store: ControlStore) -> None:
    there = {
        row["name"]
        for row in store.query("select name from sqlite_schema where type = 'table'")
        if not row["name"].startswith("sqlite_")
    }
    kept = {row["table_name"] for row in store.query("select table_name from row_digests")}
    assert kept - {"sqlite_schema"} >= ROWS.keys()
    assert there - kept == {
        *("gate_results", "table_counts", "delivery_log", "audit"),
        *("outbox", "lease", "row_digests"),
        "delivery_state",  # whose rows bear their own
    }


def _settle(store: ControlStore, outcome: Outcome, version: int = 1, **row: Any) -> None:
    outbox = Outbox(store, "a_list", f"run-{version}", "a", "secret", SYSTEM_CLOCK, "never")
    sent = Row("k", UPSERT, version, "i", "{}", MARK, None, "contact", "kh", None, True, False)
    outbox.exchange([], [sent._replace(**row)])
    outbox.exchange([(sent._replace(**row), outcome)], [])


def test_every_state_of_a_row_bears_its_digest(store: ControlStore) -> None:
    _settle(store, Outcome("unsent"))
    store.verify()
    for version, outcome in enumerate(
        [
            Outcome("acknowledged", None, "theirs"),
            Outcome("acknowledged", None, 4711),  # type: ignore[arg-type]
            Outcome("acknowledged"),
            Outcome("rejected", "no such address"),
            Outcome("rejected", "no such address"),
            Outcome("unknown", "no answer"),
            Outcome("unsent"),
            Outcome("acknowledged"),
        ],
        2,
    ):
        _settle(store, outcome, version)
        store.verify()
    _settle(store, Outcome("acknowledged"), 10, action="clear")
    store.verify()
    with store.transaction() as db:
        db.execute("update delivery_state set contact_hash = null")
    with pytest.raises(StoreDamagedError, match="table delivery_state: its rows are not those"):
        store.verify()


def test_a_changed_byte_of_the_delivery_state_is_seen(store: ControlStore) -> None:
    _settle(store, Outcome("acknowledged"))
    store.close()
    _flip(store.path, store.path.read_bytes().rindex(MARK.encode()))
    with pytest.raises(StoreDamagedError, match="table delivery_state"):
        ControlStore.open(store.path).verify()


def test_the_sums_follow_every_way_of_writing(store: ControlStore) -> None:
    with store.transaction() as db:
        for row in ROWS.values():
            db.execute(row)
        db.execute("insert or replace into landing_files values ('p', 2, 2, 2, 2, 'another')")
        db.execute("insert or replace into landing_files values ('q', 2, 2, 2, 2, 'another')")
        db.execute(
            "insert into delivery_due values ('s', 'k', 'later')"
            " on conflict (sync, key) do update set due_at = excluded.due_at"
        )
        db.execute("update holds set plan = ? where hold_id = 1", ['ключ "x"\x00\n'])
        db.execute("update runs set run_id = 'renamed'")
        db.execute("delete from extract_names")
    store.verify()
    with pytest.raises(sqlite3.IntegrityError), store.transaction() as db:
        db.execute("delete from runs")
        db.execute("insert into runs (run_id) values ('half a row')")
    store.verify()
    assert len(store.query("select * from runs")) == 1


def test_a_store_of_before_the_sums_gets_them_and_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "clientele.sqlite"
    store = ControlStore.open(path)
    with store.transaction() as db:
        for row in db.execute("select name from sqlite_schema where type = 'trigger'").fetchall():
            db.execute(f"drop trigger {row['name']}")
        db.execute("drop table row_digests")
        db.execute("drop table extract_days")  # of a later migration
        for table in ("month_figures", "backtest_figures"):
            db.execute(f"alter table {table} drop column money_definition")
        db.execute("alter table delivery_state drop column digest")
        db.execute(
            "insert into delivery_state (sync, key, version, status, run_id, updated_at)"
            " values ('s', 'k', 1, 'acknowledged', 'r', 't')"
        )
        db.execute("pragma user_version = 14")
    store.close()
    again = ControlStore.open(path)
    again.verify()
    assert len(again.query("select * from delivery_state")) == 1
    assert Ledger(again).next_sequence() == 1


def test_a_file_that_is_no_database_is_named_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "clientele.sqlite"
    path.write_bytes(b"not a database, " * 512)
    with pytest.raises(StoreDamagedError, match=r"clientele\.sqlite: .*your backup"):
        ControlStore.open(path)


def test_a_damaged_schema_is_named_with_the_remedy(store: ControlStore) -> None:
    store.close()
    content = store.path.read_bytes()
    store.path.write_bytes(content.replace(b"subject text", b"\xe9ubject text"))
    with pytest.raises(StoreDamagedError, match=rf"{store.path}: .*your backup"):
        ControlStore.open(store.path).verify()


def test_another_number_of_the_last_migration_is_seen(store: ControlStore) -> None:
    with store.transaction() as db:
        db.execute("pragma user_version = 4096")
    with pytest.raises(StoreDamagedError, match="table sqlite_schema"):
        store.verify()


@pytest.mark.parametrize(
    "change", ["update row_digests set table_name = 'x'", "delete from row_digests"]
)
def test_sums_of_other_tables_are_seen(store: ControlStore, change: str) -> None:
    with store.transaction() as db:
        db.execute(f"{change} where table_name = 'runs'")
    with pytest.raises(StoreDamagedError, match=rf"{store.path}: table row_digests: .*your backup"):
        store.verify()
