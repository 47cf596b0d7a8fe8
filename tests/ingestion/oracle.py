"""What should count of a landing zone, said in a few lines:
the model that the loader is held against."""

import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pytest

from ingestion.ledger import Ledger

SHRINK_LIMIT = 0.2
Rows = Counter[Any]


class Crash(BaseException):
    """Stands for a kill: nothing may catch it."""


def crash_at(patch: pytest.MonkeyPatch, step: int) -> None:
    """The `step`-th durable step of a load is the last."""
    reached = iter(range(1, 10_000))

    def last(name: str) -> None:
        if next(reached) == step:
            raise Crash(name)

    for module in (
        "ingestion.load.load_run",
        "ingestion.storage.folder",
        "ingestion.storage.bucket",
    ):
        if module in sys.modules:
            patch.setattr(f"{module}.killpoint", last)


def content_of(table: str, number: int, rows: int, bad: bool) -> str:
    """A content of `rows` rows that no other number has, with a bad row in front when `bad`."""
    if table == "refunds":
        return ("{}\n" if bad else "") + "".join(
            json.dumps({"id": 100 * number + i}) + "\n" for i in range(rows)
        )
    if table == "lines":
        return "text\n" + "".join(f"text {100 * number + i}\n" for i in range(rows))
    # A snapshot: the same products day by day, the last one another each time.
    products = [*(f"p{i}" for i in range(rows - 1)), f"q{number}"]
    return (
        "product,pieces\n"
        + ("x,many\n" if bad else "")
        + "".join(f"{product},{number}\n" for product in products)
    )


def good_rows(table: str, content: str) -> list[Any]:
    """The rows of a content that can be loaded, each with what tells it from every other."""
    if table == "refunds":
        return [json.loads(row)["id"] for row in content.splitlines() if row != "{}"]
    return [row for row in content.splitlines()[1:] if row != "x,many"]


def is_whole(content: str) -> bool:
    return content.endswith("\n")


@dataclass
class Model:
    """A table's files as they lie there, and what of them counts:
    contents for `refunds`, names for `lines`, one day for `stock`."""

    table: str
    files: dict[str, str] = field(default_factory=dict)  # path → content
    past: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[str, str] = field(default_factory=dict)  # what they count by → content
    day: date = date.min
    deleted: dict[str, str] = field(default_factory=dict)  # product → its last row
    kept: dict[str, str] = field(
        default_factory=dict
    )  # the same of those that may be among the bad rows
    names: int = 0

    def new_name(self, day: date) -> str:
        self.names += 1
        return (
            f"shop/{self.table}-{day}-{self.names}.{'jsonl' if self.table == 'refunds' else 'csv'}"
        )

    def put(self, path: str, content: str) -> None:
        if path in self.files:
            self.past.setdefault(path, []).append(self.files[path])
        self.files[path] = content

    def pick(self, number: int) -> tuple[str, str]:
        """One of the newest files."""
        paths = sorted(
            self.files, key=lambda path: int(path.split("-")[-1].split(".")[0]), reverse=True
        )
        path = paths[number % len(paths)]
        return path, self.files[path]

    def load(self, as_of_date: date) -> None:
        due = {path: content for path, content in self.files.items() if _day(path) <= as_of_date}
        if self.table == "stock":
            for day in sorted({_day(path) for path in due}):
                self._load_snapshot(
                    day, {path: content for path, content in due.items() if _day(path) == day}
                )
        else:
            whole = {path: content for path, content in due.items() if is_whole(content)}
            self.counts |= (
                whole if self.table == "lines" else {content: content for content in whole.values()}
            )

    def _load_snapshot(self, day: date, parts: dict[str, str]) -> None:
        """A day's files stand or fall together; the newest day counts unless it shrank."""
        if day < self.day or not all(map(is_whole, parts.values())):
            return
        after = {**(self.counts if day == self.day else {}), **parts}
        if _size(after) < (1 - SHRINK_LIMIT) * _size(self.counts):
            return
        alive = self.kept | {
            _product(row): row
            for content in self.counts.values()
            for row in good_rows("stock", content)
        }
        self.counts, self.day = after, day
        present = {
            _product(row) for content in after.values() for row in good_rows("stock", content)
        }
        absent = {product: row for product, row in alive.items() if product not in present}
        deleted = {product: row for product, row in self.deleted.items() if product not in present}
        is_clear = not any("\nx,many" in content for content in after.values())
        self.deleted, self.kept = (deleted | absent, {}) if is_clear else (deleted, absent)


def _product(row: str) -> str:
    return row.split(",")[0]


def _size(parts: dict[str, str]) -> int:
    return sum(len(good_rows("stock", content)) for content in set(parts.values()))


def _day(path: str) -> date:
    return date.fromisoformat(path.split("-", 1)[1][:10])


def expected_rows(model: Model) -> dict[str, Rows]:
    """Every row that should be in raw, how often;
    for a snapshot also the last row of every product that is gone."""
    alive = Counter(
        row for content in set(model.counts.values()) for row in good_rows(model.table, content)
    ) + Counter(model.kept.values())
    quarantined = sum(
        content.startswith("{}") or "\nx,many" in content for content in set(model.counts.values())
    )
    return {
        "alive": alive,
        "deleted": Counter(model.deleted.values()),
        "quarantined": Counter(rows=quarantined),
    }


def rows_of(zone: Any, table: str, as_of: datetime) -> dict[str, Rows]:
    """The same of the loader, read from its files."""
    row = {"refunds": "id", "lines": "text", "stock": "product || ',' || pieces"}[table]
    found = zone.rows(table, f"{row}, _is_deleted, {row.split(' ')[0]}", as_of)
    present = {key for _, is_deleted, key in found if not is_deleted}
    bad = sum(entry.rows_quarantined or 0 for entry in Ledger(zone.store).live_entries(as_of))
    return {
        "alive": Counter(row for row, is_deleted, _ in found if not is_deleted),
        "deleted": Counter(
            row for row, is_deleted, key in found if is_deleted and key not in present
        ),
        "quarantined": Counter(rows=bad),
    }
