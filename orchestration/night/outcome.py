"""What became of a night, in the words of its summary and of its gates' page."""

from collections.abc import Mapping
from typing import Any

_OUTCOMES = {
    "published": "published: readers see this night",
    "rebuilt": "rebuilt: an earlier night was built again; nothing was published or sent",
    "refused": "refused: nothing was published, nothing was sent; readers keep the night before",
    "failed": "failed: nothing was published; the next run starts afresh",
}


def verdict(report: Mapping[str, Any]) -> str:
    """How a night ended, by its report, and whether something waits for a person."""
    waiting = len(report["waiting"])
    if not waiting:
        return _OUTCOMES[report["status"]]
    waits = "1 thing waits" if waiting == 1 else f"{waiting:,} things wait"
    return f"{_OUTCOMES[report['status']]}; {waits} for an answer"
