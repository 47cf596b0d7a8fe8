"""Part of topic `delivery`: the other side, which outlives the killed process and remembers
everything that it applied, in order.

`recorded` is the sandbox's HubSpot over HTTP, which honours keys. `Journal` honours none:
it is a file that each request is appended to in one write, and it fails by chance, before
the effect and after it.
"""

import json
import os
import random
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from delivery_nights import value_of

from orchestration.reverse_etl.destinations.hubspot import HubSpot
from orchestration.reverse_etl.encoding import as_text
from orchestration.reverse_etl.protocol import (
    UPSERT,
    Batch,
    Column,
    NoAnswer,
    Outcome,
    Refused,
    Resend,
)
from orchestration.reverse_etl.sandbox.hubspot import HubSpotContacts
from orchestration.reverse_etl.spec import Mode, NullPolicy, Removal


class Kind(NamedTuple):
    """A kind of destination, and how a sync uses it."""

    name: str
    mode: Mode
    on_removal: Removal
    batch_rows: int
    resend: Resend


KEYS = Kind("keys", "upsert", "clear", 5, "same_key")
STATE = Kind("state", "mirror", "delete", 5, "same_key")
EVENTS = Kind("events", "append", "ignore", 5, "same_key")
MESSAGES = Kind("messages", "append", "ignore", 1, "never")


class Recorded(HubSpotContacts):
    """HubSpot's contacts, with the values that came under each key."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}

    def handle(
        self, method: str, path: str, headers: Any, body: bytes, faults: list[Any]
    ) -> tuple[int, Any]:
        if path.endswith(("/upsert", "/update")):
            for element in json.loads(body)["inputs"]:
                self.sent.setdefault(
                    element["objectWriteTraceId"], json.dumps(element["properties"], sort_keys=True)
                )
        return super().handle(method, path, headers, body, faults)

    def report(self) -> dict[str, Any]:
        return {**super().report(), "sent": self.sent}


def noting(destination: type[HubSpot], file: Path) -> type[HubSpot]:
    """The same destination; it notes what it is about to send, one line a row,
    in a file that outlives it."""

    class Noting(destination):  # type: ignore[misc, valid-type]
        def send(self, batch: Batch) -> list[Outcome]:
            with file.open("a", encoding="utf-8") as notes:
                for row in batch.rows:
                    body = row.payload_hash if batch.action == UPSERT else batch.action
                    notes.write(f"{row.key} {row.idempotency_key} {row.version} {body}\n")
            outcomes: list[Outcome] = super().send(batch)
            return outcomes

    return Noting


def doubled(report: dict[str, Any], notes: Path) -> int:
    """Upserts that were applied twice: under one key, or as the same value under two keys in a row.

    Not so where another value was on its way in between, of which nobody was told whether it
    arrived: then the second is needed.
    """
    tried: dict[str, tuple[int, str]] = {}  # idempotency key → version and body
    bodies: dict[tuple[str, int], str] = {}
    for line in notes.read_text(encoding="utf-8").splitlines():
        key, name, version, body = line.split()
        tried[name] = (int(version), body)
        bodies[key, int(version)] = body
    found = 0
    for key, effects in report["keys"].items():
        found += sum(effect["applied"] - 1 for effect in effects if effect["version"])
        for before, after in pairwise(effect["version"] for effect in effects):
            if report["sent"].get(before, "archived") != report["sent"].get(after, "archived"):
                continue
            (first, _), (last, value) = tried.get(before, (0, "")), tried.get(after, (0, ""))
            # A version that was queued and never tried was killed on its way out: the engine cannot
            # know that it did not get there.
            found += all(bodies.get((key, version)) == value for version in range(first + 1, last))
    return found


class Journal:
    """A destination without keys, in a file.

    `silences` is where it notes that it gave no answer.
    """

    name, modes, removals = "journal", frozenset[Mode]({"mirror", "append"}), ("delete",)
    null_policy: NullPolicy = "null"

    def __init__(self, kind: Kind, file: Path, chance: random.Random, trouble: float) -> None:
        self.batch_rows, self.resend, self.requests = kind.batch_rows, kind.resend, 0
        self._file, self._chance, self._trouble = file, chance, trouble

    def encode(self, column: Column, value: str) -> str:
        return as_text(column, value)

    def open(self) -> None:
        self._handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def close(self) -> None:
        pass  # the process is about to end

    def send(self, batch: Batch) -> list[Outcome]:
        self.requests += 1
        trouble = (
            self._chance.choice(("refused", "silent", "lost", "row"))
            if self._chance.random() < self._trouble
            else None
        )
        if trouble == "refused":
            raise Refused("HTTP 400")
        if trouble == "silent":
            self._write([["", "silence", ""]])
            raise NoAnswer("timeout")
        bad = self._chance.choice(batch.rows).key if trouble == "row" else None
        effects = [[row.key, row.action, row.payload or ""] for row in batch.rows if row.key != bad]
        self._write([*effects, ["", "silence", ""]] if trouble == "lost" else effects)
        if trouble == "lost":
            raise NoAnswer("reset")
        return [
            Outcome("rejected", "bad") if row.key == bad else Outcome("acknowledged")
            for row in batch.rows
        ]

    def _write(self, lines: list[list[str]]) -> None:
        os.write(self._handle, "".join(json.dumps(line) + "\n" for line in lines).encode())


class Effects:
    """What a journal holds: the last state of each key, how often each was sent,
    and how often nobody was answered."""

    def __init__(self, file: Path) -> None:
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        self.silences = sum(action == "silence" for _, action, _ in lines)
        self.state: dict[str, tuple[str, str]] = {}
        self.sends: Counter[str] = Counter()
        for key, action, payload in lines:
            if action == UPSERT:
                self.state[key] = value_of(payload)
                self.sends[key] += 1
            elif key:
                self.state.pop(key, None)

    @property
    def repeats(self) -> int:
        return self.sends.total() - len(self.sends)
