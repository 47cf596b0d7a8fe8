"""The lease: who may write. One row and one lock on a file beside it; a dead owner loses both,
whatever killed it.

The lock decides on this machine. Where it does not reach (a volume that several machines mount,
or an owner of before a restart), the heartbeat in the row does. Whoever was taken for dead and
goes on all the same is stopped by the fence: each lease has a number, and the store asks for it
inside every transaction.
"""

import os
import sqlite3
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

import psutil

from ingestion.times import utc_now
from orchestration.control import process_lock
from orchestration.control.store import ControlStore

HEARTBEAT_SECONDS = 10
# A store that is busy makes a heartbeat wait for a minute at most.
DEAD_AFTER = timedelta(seconds=120)
_FREE = "run_id = null, pid = null, boot_id = null, heartbeat_at = null"


class LeaseHeldError(Exception):
    """Another living process holds the lease; the message names it and what to do."""


class LeaseLostError(Exception):
    """Another run took the lease, because this one had given no sign of life; nothing more is
    written."""


def boot_id() -> str:
    """Which start of which machine this is; containers of one machine have it in common."""
    kernel = Path("/proc/sys/kernel/random/boot_id")
    if kernel.exists():
        return kernel.read_text(encoding="ascii").strip()
    return f"{psutil.boot_time()}"


def holder(store: ControlStore) -> sqlite3.Row | None:
    """The row of the run that holds the lease and lives; none when nobody writes."""
    row = store.query("select * from lease where name = 'night'")[0]
    if row["run_id"] is None:
        return None
    if row["boot_id"] == boot_id():
        return row if process_lock.is_taken(_lock_file(store)) else None
    return row if _beats(row) else None


class Lease:
    """Held from `acquire` to `release`, or to the end of a `with`; a thread keeps its heartbeat
    fresh."""

    def __init__(self, store: ControlStore, run_id: str, fence: int, lock: int) -> None:
        self._store = store
        self._run_id = run_id
        self._fence = fence
        self._lock = lock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease-heartbeat", daemon=True)

    @classmethod
    def acquire(cls, store: ControlStore, run_id: str) -> "Lease":
        """Take the lease, and look whether the store is as it was written; from here on `store`
        writes only while the lease is held. A dead owner's runs are marked failed first.

        Errors: `LeaseHeldError` when its owner lives, `StoreDamagedError`.
        """
        lock = process_lock.take(_lock_file(store))
        if lock is None:
            raise _held(store.query("select * from lease where name = 'night'")[0])
        try:
            store.verify()
            fence = _enter(store, run_id)
        except BaseException:
            process_lock.let_go(lock)
            raise
        lease = cls(store, run_id, fence, lock)
        store.guard = lease.ask
        lease._thread.start()
        return lease

    def __enter__(self) -> "Lease":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def ask(self, db: sqlite3.Connection) -> None:
        """Inside a transaction: whether the lease is still this run's. Errors: `LeaseLostError`."""
        row = db.execute("select fence, run_id from lease where name = 'night'").fetchone()
        if row["fence"] != self._fence:
            raise LeaseLostError(
                f"run {self._run_id} lost the lease to run {row['run_id'] or 'of a while ago'}:"
                f" it had given no sign of life for {DEAD_AFTER.seconds} seconds. Nothing more of"
                " it is written; what it left the next night takes up. Look at it with"
                " `clientele status`"
            )

    def _beat(self) -> None:
        """Runs on its own connection: SQLite connections are not shared between threads that
        write at the same time."""
        own = ControlStore.open(self._store.path)
        while not self._stop.wait(HEARTBEAT_SECONDS):
            with suppress(OSError, sqlite3.Error), own.transaction() as db:
                db.execute(
                    "update lease set heartbeat_at = ? where fence = ?", [utc_now(), self._fence]
                )
        own.close()

    def release(self) -> None:
        """Give the lease back; harmless when another run has taken it meanwhile."""
        self._stop.set()
        self._thread.join()
        self._store.guard = None
        try:
            with self._store.transaction() as db:
                db.execute(f"update lease set {_FREE} where fence = ?", [self._fence])
        finally:
            process_lock.let_go(self._lock)


def _enter(store: ControlStore, run_id: str) -> int:
    """Write the row of a new owner; returns the number of its lease."""
    with store.transaction() as db:
        row = db.execute("select * from lease where name = 'night'").fetchone()
        if row["run_id"] and row["boot_id"] != boot_id() and _beats(row):
            raise _held(row)
        db.execute(
            "update runs set status = 'failed', exit_code = 1, finished_at = ?"
            " where status = 'running'",
            [utc_now()],
        )
        db.execute(
            "update lease set run_id = ?, pid = ?, boot_id = ?, heartbeat_at = ?, fence = ?"
            " where name = 'night'",
            [run_id, os.getpid(), boot_id(), utc_now(), row["fence"] + 1],
        )
        return int(row["fence"] + 1)


def _held(row: sqlite3.Row) -> LeaseHeldError:
    if row["run_id"] is None:
        return LeaseHeldError("another run is about to write; start again in a moment")
    elsewhere = row["boot_id"] != boot_id()
    return LeaseHeldError(
        f"run {row['run_id']} (process {row['pid']}"
        f"{' of another machine, or of before a restart' if elsewhere else ''},"
        f" last heartbeat {row['heartbeat_at']}) is writing;"
        " wait for it to finish, or stop that process and start again"
        + (f" after {DEAD_AFTER.seconds} seconds" if elsewhere else "")
    )


def _beats(row: sqlite3.Row) -> bool:
    last = row["heartbeat_at"]
    return last is not None and datetime.now(UTC) - datetime.fromisoformat(last) < DEAD_AFTER


def _lock_file(store: ControlStore) -> Path:
    return store.path.with_name("lease.lock")
