"""`clientele holds`: what was held before the first byte, and a person's decision about it."""

import getpass
import json

from orchestration.control.lease import Lease
from orchestration.control.store import ControlStore
from orchestration.deliveries import send
from orchestration.night import PUBLISHED, PUBLISHED_WITH_EXCEPTIONS
from orchestration.reverse_etl.holds import approve, dismiss, list_holds
from orchestration.reverse_etl.spec import read_syncs
from orchestration.settings import Settings, load_settings
from orchestration.warehouse.generations import Generations


class HoldChoiceError(Exception):
    """No hold was named where one is needed, or it can no longer be decided; the message says what to do."""


def decide(action: str, hold_id: int | None) -> int:
    """List, approve (and send at once) or dismiss; 3 when what was sent needs a person again. Errors: `HoldChoiceError`, `HoldError`."""
    settings = load_settings()
    store = ControlStore.open(settings.home.store)
    try:
        if action == "list":
            holds = list_holds(store)
            for hold in holds:
                print(f"{hold['hold_id']}  {hold['sync']}  {hold['status']}  {hold['reason']}")
            print("decide with: clientele holds approve <number>, or dismiss <number>" if holds else "nothing is held")
        elif hold_id is None:
            raise HoldChoiceError(f"holds {action}: which one? `clientele holds` lists the numbers")
        elif action == "dismiss":
            dismiss(store, hold_id, getpass.getuser())
            print(f"hold {hold_id}: dismissed; the next night plans afresh")
        else:
            return _approve_and_send(settings, store, hold_id)
        return 0
    finally:
        store.close()


def _approve_and_send(settings: Settings, store: ControlStore, hold_id: int) -> int:
    """The approved plan goes out now. When the published generation has another plan by now, that one is held in its place."""
    generations = Generations(settings.home.generations)
    current = generations.current()
    hold = next((hold for hold in list_holds(store) if hold["hold_id"] == hold_id), None)
    if hold is None:
        raise HoldChoiceError(f"hold {hold_id} does not wait; `clientele holds` lists those that do")
    manifest = json.loads((generations.manifest_folder(current) / "manifest.json").read_text(encoding="utf-8"))
    spec = next((spec for spec in read_syncs(manifest) if spec.name == hold["sync"]), None)
    if spec is None:
        raise HoldChoiceError(f"sync {hold['sync']} is not declared any more; forget it with: clientele holds dismiss {hold_id}")
    lease = Lease.acquire(store, f"hold-{hold_id}")
    try:
        approve(store, hold_id, getpass.getuser())
        result = send(settings, store, generations.current_inputs(), spec, f"{current}-hold-{hold_id}", print)
    finally:
        lease.release()
    print(
        f"hold {hold_id}: {result.status}; {result.added:,} added, {result.changed:,} changed, {result.removed:,} removed, "
        f"{result.withheld:,} withheld, {result.rejected:,} rejected {result.message or ''}"
    )
    return PUBLISHED_WITH_EXCEPTIONS if result.needs_attention else PUBLISHED
