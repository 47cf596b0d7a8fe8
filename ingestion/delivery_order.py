"""Which of a table's deliveries is newer: by the business day in its name, then by its part in
natural order (part 10 follows part 9), then by arrival.

A file that comes late is older than what came before it. A content that is delivered again is the
word of its new day (a figure restated from A to B and back to A).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from ingestion.entry import Entry

Content = tuple[str, str, str]  # source, table name, sha256
Part = tuple[str | int, ...]
_DIGITS = re.compile(r"([0-9]+)")
_SUFFIXES = re.compile(r"\.(jsonl|csv|parquet)(\.gz|\.zst)?$")


@dataclass(frozen=True, order=True)
class Place:
    """Where a file's name puts it among its table's."""

    business_date: date
    part: Part

    @classmethod
    def of(cls, business_date: str, path: str) -> "Place":
        return cls(date.fromisoformat(business_date), natural(path))


@dataclass(frozen=True, order=True)
class Delivery:
    """A delivery of a content; sorts from old to new. `as_of` is the night that saw it again, or
    empty when it came for the first time."""

    place: Place
    arrival: int
    as_of: str = ""


@dataclass(frozen=True)
class Again:
    """A content that is in raw, delivered again: a row of `extract_days`."""

    source: str
    table_name: str
    sha256: str
    business_date: str
    path: str
    arrival: int
    as_of: str

    @property
    def content(self) -> Content:
        return self.source, self.table_name, self.sha256

    @property
    def delivery(self) -> Delivery:
        return Delivery(Place.of(self.business_date, self.path), self.arrival, self.as_of)


@dataclass(frozen=True)
class Ranks:
    """What `_arrival` reads as where files arrived in another order than they count:
    `ranks[i]` for the rows that arrived as number `first + i`."""

    first: int
    ranks: tuple[int, ...]


def natural(path: str) -> Part:
    """A path as it sorts in natural order: its numbers as numbers, a file without a part before
    those with one."""
    parts = _DIGITS.split(_SUFFIXES.sub("", path))
    return tuple(int(part) if i % 2 else part for i, part in enumerate(parts))


def newest_delivery(entry: Entry, again: Mapping[Content, Delivery]) -> Delivery:
    """The one that an entry counts by; `again` are the newest of those delivered again."""
    first = Delivery(Place.of(entry.business_date, entry.path), entry.arrival or entry.sequence)
    return max(first, again.get(entry.content, first))


def ranks_of(entries: Collection[Entry], again: Mapping[Content, Delivery]) -> Ranks | None:
    """Of one table's files; None when they arrived in the order in which they count, as nearly
    always."""
    arrived = {entry.arrival or entry.sequence: entry for entry in entries}
    numbers = sorted(arrived)
    counted = sorted(numbers, key=lambda number: newest_delivery(arrived[number], again))
    moved = [i for i, number in enumerate(numbers) if counted[i] != number]
    if not moved:
        return None
    first, last = numbers[moved[0]], numbers[moved[-1]]
    ranks = {number: number for number in range(first, last + 1)}
    ranks |= {counted[i]: numbers[i] for i in moved}
    return Ranks(first, tuple(ranks.values()))
