"""Locks on files that the operating system takes back when their process ends, whatever ends it.

They hold between containers of one machine, too, where a pid means nothing to the other side.
"""

import fcntl
import os
import time
from pathlib import Path

_TRIES, _PAUSE_SECONDS = 10, 0.1


def take(path: Path) -> int | None:
    """Lock the file at `path`, made when needed; the open handle is the lock.

    Null when another process has it. Errors: `OSError` where files cannot be locked.
    """
    for _ in range(_TRIES):  # whoever only asks has it for a moment
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if _lock(handle, fcntl.LOCK_EX):
            return handle
        time.sleep(_PAUSE_SECONDS)
    return None


def is_taken(path: Path) -> bool:
    """Whether a living process of this machine has the lock."""
    if not path.exists():
        return False
    handle = os.open(path, os.O_RDWR)
    if not _lock(handle, fcntl.LOCK_SH):
        return True
    let_go(handle)
    return False


def let_go(handle: int) -> None:
    """Give a lock back."""
    os.close(handle)


def _lock(handle: int, kind: int) -> bool:
    """Lock an open file if that is possible now, or close it."""
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        if isinstance(error, BlockingIOError):
            return False
        raise
    return True
