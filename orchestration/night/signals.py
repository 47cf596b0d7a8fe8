"""Whether somebody stopped this process.

Seen below Python's handlers: Dagster puts others in place from step to step, and a library that is
interrupted may raise an error of its own.
"""

import os
import signal
import threading
from contextlib import suppress

_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Signals:
    """Notes signals from now until `close`. Another thread than the main one gets none."""

    def __init__(self) -> None:
        self._pipe: tuple[int, int] | None = None
        if threading.current_thread() is threading.main_thread():
            self._pipe = os.pipe()
            for end in self._pipe:
                os.set_blocking(end, False)
            self._before = signal.set_wakeup_fd(self._pipe[1], warn_on_full_buffer=False)

    def close(self) -> str | None:
        """The name of the signal that was to stop the process; none when there was none."""
        if self._pipe is None:
            return None
        signal.set_wakeup_fd(self._before)
        seen = b""
        with suppress(BlockingIOError):
            seen = os.read(self._pipe[0], 4096)
        for end in self._pipe:
            os.close(end)
        self._pipe = None
        return next((signal.Signals(number).name for number in seen if number in _STOPPING), None)
