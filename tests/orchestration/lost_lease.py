"""How a living run loses its lease: it is taken for dead by a machine that its lock does not
reach, and goes on all the same."""

from pathlib import Path

from orchestration.control.lease import Lease
from orchestration.control.store import ControlStore


def take_over(path: Path, run_id: str = "another") -> None:
    """Another machine's run takes the lease of the control store at `path`, uses it and ends."""
    path.with_name("lease.lock").unlink()  # over there, nobody has locked it
    store = ControlStore.open(path)
    with store.transaction() as db:
        db.execute(
            "update lease set boot_id = 'of a machine that stands still',"
            " heartbeat_at = '2026-01-01T00:00:00.000000Z'"
        )
    Lease.acquire(store, run_id).release()
    store.close()
