"""One rate limiter per endpoint and credential, shared by every process of this machine.

The state is two numbers in a small file under an exclusive lock: the theoretical arrival
time of the next request (GCRA) and a pause that a 429 imposed. It holds no secret:
the file's name is a hash.
"""

import fcntl
import hashlib
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestration.reverse_etl.clock import Clock


@dataclass(frozen=True)
class Rate:
    """At most `requests` in any window of `seconds`; a tenth of them may come in one burst."""

    requests: int
    seconds: float

    @classmethod
    def parse(cls, text: str, where: str) -> "Rate | None":
        """`"100/10"` is 100 requests in 10 seconds; `"none"` is no limit.

        Errors: `ValueError` naming `where`.
        """
        if text == "none":
            return None
        requests, _, seconds = text.partition("/")
        if (
            not requests.isdigit()
            or not seconds.replace(".", "", 1).isdigit()
            or int(requests) < 1
            or float(seconds) <= 0
        ):
            raise ValueError(
                f"{where}: rate_limit is {text!r}; write requests/seconds,"
                " for example 100/10, or none"
            )
        return cls(int(requests), float(seconds))

    @property
    def burst(self) -> int:
        return max(1, self.requests // 10)

    @property
    def interval(self) -> float:
        """Seconds between requests after a burst, such that burst and steady flow together never
        pass the limit of a window."""
        return self.seconds / max(1, self.requests - self.burst)


class Limiter:
    """`acquire` before every request; `pause` when the other side said to wait."""

    def __init__(self, rate: Rate | None, clock: Clock, file: Path | None = None) -> None:
        self._rate = rate
        self._clock = clock
        self._memory = (0.0, 0.0)
        self._handle: int | None = None
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)

    @classmethod
    def shared(
        cls, rate: Rate | None, clock: Clock, folder: Path | None, endpoint: str, credential: str
    ) -> "Limiter":
        """The limiter of an endpoint and a credential;
        without a folder it is this process's own."""
        if folder is None:
            return cls(rate, clock)
        name = hashlib.sha256(f"{endpoint}\0{credential}".encode()).hexdigest()[:16]
        return cls(rate, clock, folder / f"{name}.limit")

    def acquire(self, patience: float = math.inf) -> float:
        """Wait for the next free place and take it: returns 0.

        A wait longer than `patience` is not begun: returns its seconds.
        """
        while (wait := self._reserve()) > 0:
            if wait > patience:
                return wait
            self._clock.sleep(wait)
        return 0.0

    def close(self) -> None:
        """Give back the file; harmless when there is none."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def pause(self, seconds: float) -> None:
        """Let nobody send for so many seconds from now."""
        with self._state() as state:
            state[1] = max(state[1], self._clock.time() + seconds)

    def _reserve(self) -> float:
        """Take a place and return 0, or return how long to wait before asking again."""
        with self._state() as state:
            arrival, paused_until = state
            now = self._clock.time()
            if paused_until > now:
                return paused_until - now
            if self._rate is None:
                return 0.0
            earliest = arrival - (self._rate.burst - 1) * self._rate.interval
            if earliest > now:
                return earliest - now
            state[0] = max(arrival, now) + self._rate.interval
            return 0.0

    @contextmanager
    def _state(self) -> Iterator[list[float]]:
        if self._handle is None:
            state = list(self._memory)
            yield state
            self._memory = (state[0], state[1])
            return
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        try:
            words = os.pread(self._handle, 64, 0).decode("ascii").split()
            before = [float(word) for word in words] if len(words) == 2 else [0.0, 0.0]
            state = list(before)
            yield state
            if state != before:
                os.pwrite(
                    self._handle, f"{state[0]:.6f} {state[1]:.6f}".ljust(64).encode("ascii"), 0
                )
        finally:
            fcntl.flock(self._handle, fcntl.LOCK_UN)
