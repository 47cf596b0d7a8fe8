"""Time and chance as the engine sees them: passed in, so that tests neither sleep nor guess."""

import random
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What waits, measures time and rolls dice."""

    def time(self) -> float:
        """Seconds since 1970, UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def jitter(self, upper: float) -> float:
        """A random number between 0 and `upper`."""
        ...


class SystemClock:
    """The machine's own clock."""

    def time(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def jitter(self, upper: float) -> float:
        return random.uniform(0, upper)


SYSTEM_CLOCK = SystemClock()


def stamp(clock: Clock) -> str:
    """The clock's time as the control store writes it: UTC, ISO 8601."""
    return datetime.fromtimestamp(clock.time(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
