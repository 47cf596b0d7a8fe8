"""`clientele reload`: a source's kept extracts read again under its changed contract,
or where their files in raw were damaged."""

import uuid

from ingestion.raw.reload import reload_source
from orchestration.cli.printing import Progress
from orchestration.cli.terminal import say
from orchestration.control.audit import write_audit
from orchestration.control.lease import Lease
from orchestration.control.store import ControlStore
from orchestration.settings import load_settings


def reload(source: str) -> None:
    """Make the next revision of every file of `source` that an earlier contract shaped, and make
    damaged ones again.

    Errors: `ContractError`, `LeaseHeldError`.
    """
    settings = load_settings()
    store = ControlStore.open(settings.home.store)
    try:
        run_id = f"reload-{uuid.uuid4().hex[:8]}"
        with Lease.acquire(store, run_id):
            report = reload_source(
                settings.landing,
                settings.raw,
                store,
                settings.contracts,
                source,
                run_id=run_id,
                progress=Progress().say,
            )
            again = sum(report.read_again.values())
            write_audit(
                store,
                "reload",
                source,
                f"{again} files read again, {len(report.kept)} kept as they were",
            )
    finally:
        store.close()
    for table, files in report.read_again.items():
        say(f"{source}_{table}: {files:,} files read again")
    for line in report.kept:
        say(line)
    revised = again - report.restored
    if report.restored:
        say(f"{report.restored:,} damaged files are again as they were written")
    say(
        (
            f"{revised:,} files have a new revision,"
            f" {report.unchanged:,} are as the contract has it,"
            f" {len(report.kept):,} stay as they were; "
        )
        + ("they count from the next night on" if revised else "nothing else changes")
    )
