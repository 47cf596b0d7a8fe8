"""Part of topic `delivery`: processes that are forked ready-made,
a sandbox that remembers in one of them, and its faults by chance.

By itself it is a sandbox that says where it is and stays until it is killed.
"""

import json
import os
import random
import secrets
import signal
import time
import traceback
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from delivery_receivers import Recorded

from orchestration.reverse_etl.clock import SystemClock
from orchestration.reverse_etl.sandbox import Sandbox

TOKEN = secrets.token_urlsafe(32)  # of the control plane; forked processes know it, too


class Hurried(SystemClock):
    """Nobody waits."""

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, 0.001))

    def jitter(self, upper: float) -> float:
        return 0.0


def forked(work: Callable[[], object], kill_after: float | None = None) -> bool:
    """Do work in a child that is killed after some seconds, or kills itself; whether it was killed.

    Errors: `RuntimeError`.
    """
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if status:
        raise RuntimeError(f"a delivery ended with {os.waitstatus_to_exitcode(status)}")
    return False


@contextmanager
def sandbox() -> Iterator[str]:
    """A sandbox that remembers, in a forked process; its address."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            with Sandbox(token=TOKEN) as sandbox:
                sandbox.contracts["hubspot"] = Recorded()
                os.write(write, sandbox.url.encode())
                signal.pause()
        finally:
            os._exit(0)
    try:
        yield os.read(read, 100).decode()
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(read)
        os.close(write)


def control(url: str, path: str, method: str = "GET", body: Any = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    return urllib.request.urlopen(
        urllib.request.Request(
            f"{url}/__ctl/{path}",
            content,
            headers={"Authorization": f"Bearer {TOKEN}"},
            method=method,
        )
    )


def disturb(url: str, chance: random.Random, keys: list[str]) -> None:
    """Another fault than before, or none."""
    control(url, "faults", "DELETE").close()
    times, skip, some = chance.randint(1, 6), chance.randint(0, 4), chance.sample(keys, 2)
    soon = format_datetime(datetime.now(UTC), usegmt=True)
    fault: dict[str, Any] = chance.choice(
        [
            {},
            {"kind": "status", "status": 503},
            {"kind": "status", "status": 500, "when": "after"},
            {"kind": "status", "status": 401},
            {"kind": "status", "status": 429, "retry_after": chance.choice(["0.01", soon])},
            {"kind": "reset", "when": "after"},
            {"kind": "reset", "when": "before"},
            {"kind": "reject", "keys": some, "how": chance.choice(["row", "request"])},
            {"kind": "omit", "keys": some},
        ]
    )
    if fault:
        control(url, "faults", "POST", {**fault, "times": times, "skip": skip}).close()


if __name__ == "__main__":
    with Sandbox() as alone:
        print(alone.url, flush=True)
        signal.pause()
