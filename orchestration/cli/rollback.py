"""`clientele rollback`: readers go back to an earlier generation; ids minted since stay valid."""

from ingestion.files import DamagedFileError
from orchestration.cli.terminal import say
from orchestration.control.audit import by_hand
from orchestration.control.lease import Lease
from orchestration.control.store import ControlStore
from orchestration.settings import load_settings
from orchestration.warehouse.generations import Generations, NoGenerationError


def roll_back(run_id: str | None) -> None:
    """Move the pointer to `run_id`; without one, list what is kept."""
    settings = load_settings()
    generations = Generations(settings.home.generations)
    current = generations.pointed_to()
    if current is None:
        raise NoGenerationError("nothing is published yet; run `clientele nightly` first")
    store = ControlStore.open(settings.home.store)
    try:
        # A sealed night that was never published may have ids that no ledger knows: readers must
        # not be sent there.
        published = [
            row["run_id"]
            for row in store.query(
                "select run_id from runs where status = 'published' order by started_at"
            )
        ]
        kept_runs = [kept for kept in published if kept in generations.sealed()]
        _list(generations, kept_runs, current) if run_id is None else _move(
            generations, store, kept_runs, current, run_id
        )
    finally:
        store.close()


def _list(generations: Generations, kept_runs: list[str], current: str) -> None:
    for kept in kept_runs:
        mark = "→" if kept == current else " "
        try:
            sealed = generations.read(kept)
        except DamagedFileError as error:
            say(f"{mark} {kept}  {error}")
            continue
        say(
            f"{mark} {kept}  as of {sealed.as_of}  {sum(sealed.rows.values()):,} rows  content"
            f" {sealed.content_hash[:12]}"
        )
    say("go back with: clientele rollback <run id>")


def _move(
    generations: Generations, store: ControlStore, kept_runs: list[str], current: str, run_id: str
) -> None:
    if run_id not in kept_runs:
        raise NoGenerationError(
            f"{run_id}: no published generation of that name is kept;"
            " `clientele rollback` lists them"
        )
    with Lease.acquire(store, f"rollback-{run_id}"), store.transaction() as db:
        generations.check(run_id)
        by_hand(db, "rollback", run_id, f"from {current}")
        generations.point_to(run_id)
    say(f"readers now see {run_id}; the next night publishes a new generation as usual")
