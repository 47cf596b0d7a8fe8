"""Crash points: named places, one at every durable step,
where a test may kill the process for real.

A crash test sets `CLIENTELE_KILLPOINT=<name>` (or `<name>:<n>` for the n-th time that place is
reached); without it a call costs one dictionary look-up.
"""

import os
import signal

_reached: dict[str, int] = {}


def killpoint(name: str) -> None:
    """Kill this process with SIGKILL when a crash test asked for a crash at `name`;
    do nothing otherwise."""
    wanted = os.environ.get("CLIENTELE_KILLPOINT")
    if not wanted:
        return
    place, _, nth = wanted.partition(":")
    if place != name:
        return
    _reached[name] = _reached.get(name, 0) + 1
    if _reached[name] == int(nth or 1):
        os.kill(os.getpid(), signal.SIGKILL)
