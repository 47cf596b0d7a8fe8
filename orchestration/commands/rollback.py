"""`clientele rollback`: readers go back to an earlier generation; ids minted since stay valid."""

from orchestration.control.lease import Lease, utc_now
from orchestration.control.store import ControlStore
from orchestration.settings import load_settings
from orchestration.warehouse.generations import Generations


def roll_back(run_id: str | None) -> None:
    """Move the pointer to `run_id`; without one, list what is kept."""
    settings = load_settings()
    generations = Generations(settings.home.generations)
    current = generations.current()
    if run_id is None:
        for kept in generations.sealed():
            sealed = generations.read(kept)
            mark = "→" if kept == current else " "
            print(f"{mark} {kept}  as of {sealed.as_of}  {sum(sealed.rows.values()):,} rows  content {sealed.content_hash[:12]}")
        print("go back with: clientele rollback <run id>")
        return
    store = ControlStore.open(settings.home.store)
    lease = Lease.acquire(store, f"rollback-{run_id}")
    try:
        generations.point_to(run_id)
        with store.transaction() as db:
            db.execute(
                "insert into audit (at, actor, action, subject, detail) values (?, 'owner', 'rollback', ?, ?)",
                [utc_now(), run_id, f"from {current}"],
            )
    finally:
        lease.release()
        store.close()
    print(f"readers now see {run_id}; the next night publishes a new generation as usual")
