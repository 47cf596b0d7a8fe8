"""`clientele forget`: a loaded file taken back."""

import uuid
from pathlib import Path

from ingestion.ledger import Ledger
from ingestion.raw.forget import Plan, forget, plan_forget
from orchestration.cli.terminal import say
from orchestration.control.audit import write_audit
from orchestration.control.lease import Lease
from orchestration.control.store import ControlStore
from orchestration.settings import Settings, load_settings


def take_back(path: str, reason: str | None) -> None:
    """Say what taking back a file means; with a reason, do it.

    Errors: `ForgetError`, `LeaseHeldError`.
    """
    settings = load_settings()
    path = below_landing(path, settings)
    store = ControlStore.open(settings.home.store)
    try:
        ledger = Ledger(store)
        for line in told(plan_forget(ledger, settings.contracts, path), path):
            say(line)
        if not reason:
            say('nothing has changed; to take it back: add --reason "why"')
            return
        run_id = f"forget-{uuid.uuid4().hex[:8]}"
        with Lease.acquire(store, run_id):
            # Again, now that no night can come between.
            plan = plan_forget(ledger, settings.contracts, path)
            forget(ledger, settings.raw, plan, run_id)
            write_audit(store, "forget", path, reason)
    finally:
        store.close()
    say(f"{path}: taken back; it counts until the next night, which is built without it")


def below_landing(path: str, settings: Settings) -> str:
    """A path below the landing zone, of one as a shell completes it."""
    given, zone = Path(path).absolute(), Path(str(settings.landing)).absolute()
    return given.relative_to(zone).as_posix() if given.is_relative_to(zone) else path


def told(plan: Plan, path: str) -> list[str]:
    """What would happen, in sentences."""
    if plan.again:
        return [
            f"{path}: its content came before, as {plan.entry.path};"
            f" this delivery of it, of {plan.again.business_date}, counts no more from the next"
            " night on"
        ]
    loaded = (plan.entry.rows_loaded or 0) + plan.entry.rows_replayed
    return [
        f"{path}: {loaded:,} rows of {plan.entry.raw_name}, of {plan.entry.business_date},"
        " count no more from the next night on",
        *(
            f"{old.path}: {(old.rows_loaded or 0) + old.rows_replayed:,} rows count again"
            for old in plan.back
        ),
        "the file may stay in the landing zone; the same content under another name is loaded",
    ]
