"""The lease: who may write. One row; a dead owner loses it, whatever killed it.

An owner is a process: its pid, the machine's boot and the moment it was started, so that neither
a reboot nor a re-used pid keeps a dead owner alive.
"""

import os
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

import psutil

from ingestion.times import utc_now
from orchestration.control.store import ControlStore

HEARTBEAT_SECONDS = 10


class LeaseHeldError(Exception):
    """Another living process holds the lease; the message names it and what to do."""


def boot_id(pid: int | None = None) -> str:
    """Identity of a living process on this boot of the machine: boot id and start time;
    empty when there is no such process."""
    try:
        process = psutil.Process(pid or os.getpid())
        stat = Path(f"/proc/{process.pid}/stat")
        # In ticks since the boot where the system tells them: psutil's time of the day moves with
        # every correction of the clock.
        started = (
            stat.read_text(encoding="utf-8").rpartition(")")[2].split()[19]
            if stat.exists()
            else f"{process.create_time():.2f}"
        )
    except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
        return ""
    kernel = Path("/proc/sys/kernel/random/boot_id")
    boot = (
        kernel.read_text(encoding="ascii").strip() if kernel.exists() else str(psutil.boot_time())
    )
    return f"{boot}:{started}"


class Lease:
    """Held from `acquire` to `release`; a thread keeps its heartbeat fresh for
    `clientele status`."""

    def __init__(self, store: ControlStore, run_id: str) -> None:
        self._store = store
        self._run_id = run_id
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease-heartbeat", daemon=True)

    @classmethod
    def acquire(cls, store: ControlStore, run_id: str) -> "Lease":
        """Take the lease; a dead owner's runs are marked failed first.

        Errors: `LeaseHeldError` when its owner lives.
        """
        with store.transaction() as db:
            row = db.execute("select * from lease where name = 'night'").fetchone()
            if row["run_id"] and row["boot_id"] == boot_id(row["pid"]):
                raise LeaseHeldError(
                    f"run {row['run_id']} (process {row['pid']}, "
                    f"last heartbeat {row['heartbeat_at']}) is writing; "
                    "wait for it to finish, or stop that process and start again"
                )
            db.execute(
                "update runs set status = 'failed', exit_code = 1, finished_at = ?"
                " where status = 'running'",
                [utc_now()],
            )
            db.execute(
                "update lease set run_id = ?, pid = ?, boot_id = ?, heartbeat_at = ?"
                " where name = 'night'",
                [run_id, os.getpid(), boot_id(), utc_now()],
            )
        lease = cls(store, run_id)
        lease._thread.start()
        return lease

    def _beat(self) -> None:
        """Runs on its own connection: SQLite connections are not shared between threads that
        write at the same time."""
        own = ControlStore.open(self._store.path)
        while not self._stop.wait(HEARTBEAT_SECONDS):
            with suppress(OSError, sqlite3.Error), own.transaction() as db:
                db.execute(
                    "update lease set heartbeat_at = ? where run_id = ?", [utc_now(), self._run_id]
                )
        own.close()

    def release(self) -> None:
        """Give the lease back; harmless when another run has taken it meanwhile."""
        self._stop.set()
        self._thread.join()
        with self._store.transaction() as db:
            db.execute(
                "update lease set run_id = null, pid = null, boot_id = null, heartbeat_at = null"
                " where run_id = ?",
                [self._run_id],
            )
