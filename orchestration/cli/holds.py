"""`clientele holds`: what was held before the first byte, and a person's decision about it."""

import getpass

from orchestration.cli.terminal import say
from orchestration.control.store import ControlStore
from orchestration.night.deliveries import dismiss_hold, send_approved
from orchestration.night.night import PUBLISHED, PUBLISHED_WITH_EXCEPTIONS
from orchestration.reverse_etl.holds import HoldError, list_holds
from orchestration.settings import load_settings


def decide(action: str, hold_id: int | None) -> int:
    """List, approve (and send at once) or dismiss; 3 when what was sent needs a person again.

    Errors: `HoldError`, `LeaseHeldError`.
    """
    settings = load_settings()
    store = ControlStore.open(settings.home.store)
    try:
        if action == "list":
            holds = list_holds(store)
            for hold in holds:
                say(f"{hold['hold_id']}  {hold['sync']}  {hold['status']}  {hold['reason']}")
            say(
                "decide with: clientele holds approve <number>, or dismiss <number>"
                if holds
                else "nothing is held"
            )
        elif hold_id is None:
            raise HoldError(f"holds {action}: which one? `clientele holds` lists the numbers")
        elif action == "dismiss":
            dismiss_hold(store, hold_id, getpass.getuser())
            say(f"hold {hold_id}: dismissed; the next night plans afresh")
        else:
            result = send_approved(settings, store, hold_id, getpass.getuser(), say)
            say(f"hold {hold_id}: {result.told}")
            return PUBLISHED_WITH_EXCEPTIONS if result.needs_attention else PUBLISHED
        return 0
    finally:
        store.close()
