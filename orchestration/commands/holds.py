"""`clientele holds`: what is held before the first byte, and a person's decision about it."""

import getpass

from orchestration.control.store import ControlStore
from orchestration.reverse_etl.holds import approve, dismiss, list_holds
from orchestration.settings import load_settings


def decide(action: str, hold_id: int | None) -> None:
    """List, approve or dismiss. Errors: `FileNotFoundError` when no number was given where one is needed."""
    store = ControlStore.open(load_settings().home.store)
    try:
        if action == "list":
            holds = list_holds(store)
            for hold in holds:
                print(f"{hold['hold_id']}  {hold['sync']}  {hold['status']}  {hold['reason']}")
            print("decide with: clientele holds approve <number>, or dismiss <number>" if holds else "nothing is held")
            return
        if hold_id is None:
            raise FileNotFoundError(f"holds {action}: which one? `clientele holds` lists the numbers")
        (approve if action == "approve" else dismiss)(store, hold_id, getpass.getuser())
        print(f"hold {hold_id}: {'approved; the next night sends exactly this plan' if action == 'approve' else 'dismissed'}")
    finally:
        store.close()
