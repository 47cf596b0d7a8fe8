"""The control store and its lease: what must outlive everything else."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.control.lease import Lease, LeaseHeldError, boot_id, holder
from orchestration.control.store import ControlStore


@pytest.fixture
def store(tmp_path: Path) -> ControlStore:
    return ControlStore.open(tmp_path / "control" / "clientele.sqlite")


def test_a_failed_transaction_leaves_nothing(store: ControlStore) -> None:
    with pytest.raises(sqlite3.IntegrityError), store.transaction() as db:
        db.execute("insert into audit (at, actor, action) values ('t', 'a', 'b')")
        db.execute("insert into audit (at, actor, action) values (null, 'a', 'b')")
    assert store.query("select * from audit") == []


def test_opening_again_keeps_rows_and_migrates_nothing_twice(store: ControlStore) -> None:
    with store.transaction() as db:
        db.execute("insert into audit (at, actor, action) values ('t', 'a', 'b')")
    store.close()
    again = ControlStore.open(store.path)
    assert len(again.query("select * from audit")) == 1
    assert again.query("pragma synchronous")[0][0] == 2
    assert again.query("pragma secure_delete")[0][0] == 1
    assert again.query("pragma journal_mode")[0][0] == "wal"


def test_the_file_is_its_owners_only(store: ControlStore) -> None:
    assert store.path.stat().st_mode & 0o077 == 0


def test_copied_rows_live_apart_and_no_writer_is_in_the_way(
    store: ControlStore, tmp_path: Path
) -> None:
    with store.transaction() as db:
        db.execute("insert into audit (at, actor, action) values ('t', 'a', 'b')")
    reader = ControlStore.open(store.path)
    with store.transaction() as db:
        db.execute("delete from audit")
        reader.copy_rows(tmp_path / "copy.sqlite", {"shown": "select actor from audit"})
    reader.close()
    copy = sqlite3.connect(tmp_path / "copy.sqlite")
    assert copy.execute("select * from shown").fetchall() == [("a",)]
    assert copy.execute("select name from sqlite_master").fetchall() == [("shown",)]
    copy.close()


def test_the_lease_has_one_owner_and_names_it(store: ControlStore) -> None:
    lease = Lease.acquire(store, "first")
    with pytest.raises(LeaseHeldError, match=r"run first .* is writing"):
        Lease.acquire(store, "second")
    lease.release()
    Lease.acquire(store, "second").release()


def test_a_killed_owner_loses_the_lease_and_its_run_is_marked_failed(store: ControlStore) -> None:
    program = (
        "import sys, os, signal\n"
        "from pathlib import Path\n"
        "from orchestration.control.lease import Lease, boot_id\n"
        "from orchestration.control.store import ControlStore\n"
        "store = ControlStore.open(Path(sys.argv[1]))\n"
        "Lease.acquire(store, 'dead')\n"
        "with store.transaction() as db:\n"
        '    db.execute("insert into runs (run_id, kind, as_of, status, pid,'
        ' boot_id, started_at)"\n'
        "               \" values ('dead', 'nightly', 't', 'running', ?, ?, 't')\","
        " [os.getpid(), boot_id()])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(store.path)], check=False)
    assert done.returncode == -9
    assert store.query("select run_id from lease")[0]["run_id"] == "dead"
    lease = Lease.acquire(store, "next")
    assert store.query("select status, exit_code from runs where run_id = 'dead'")[0][:] == (
        "failed",
        1,
    )
    lease.release()


def test_a_reused_pid_does_not_keep_a_dead_owner_alive(store: ControlStore) -> None:
    with store.transaction() as db:
        db.execute("update lease set run_id = 'old', pid = 1, boot_id = ?", [boot_id()])
    assert holder(store) is None
    Lease.acquire(store, "new").release()
