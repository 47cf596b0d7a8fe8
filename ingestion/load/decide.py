"""What to do with a delivered content, given what the ledger knows of it;
and whether a snapshot is believed. Pure functions.

A *content* is the bytes of a file, whatever its name. A content *counts* when its rows are read by
the next generation. Where names count (`names_count`), a name *holds* the content that was loaded
under it last, and new content under the name takes its place.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from ingestion.contracts.contract import TableContract
from ingestion.entry import Entry


class Action(Enum):
    """load: read it; unchanged: its rows are in raw already; set_aside:
    it was refused before and nothing about it changed."""

    LOAD = "load"
    UNCHANGED = "unchanged"
    SET_ASIDE = "set aside"


@dataclass(frozen=True)
class Decision:
    """`revision` is that of the raw file to make."""

    action: Action
    revision: int = 1


@dataclass(frozen=True)
class Seen:
    """A file as it lies there, and what the ledger knows.

    `known` is the last entry of its content, `live` are the table's files that count now,
    `manifest_sha256` is that of the manifest beside it, `held` the content that its name holds.
    """

    table: TableContract
    path: str
    business_date: date
    known: Entry | None
    live: Collection[Entry]
    manifest_sha256: str | None
    held: str | None = None

    @property
    def entry(self) -> Entry:
        assert self.known is not None
        return self.known

    def always(self) -> bool:
        return True

    def its_name_holds_another(self) -> bool:
        return bool(self.held) and self.held != self.entry.sha256

    def is_of_a_later_day(self) -> bool:
        return self.business_date.isoformat() > self.entry.business_date

    def is_a_snapshot(self) -> bool:
        return self.table.load_mode == "snapshot"

    def is_a_snapshot_of_a_later_day(self) -> bool:
        return self.is_a_snapshot() and self.is_of_a_later_day()

    def is_a_snapshot_of_the_past(self) -> bool:
        """A newer one counts, or this day's does under other names."""
        if not self.is_a_snapshot():
            return False
        is_behind = self.business_date < snapshot_date(self.live)
        counts_by_name = any(entry.path == self.path for entry in self.live)
        return is_behind or not (self.is_of_a_later_day() or counts_by_name)

    def is_overtaken(self) -> bool:
        """What was held is a matter of the past: a later snapshot counts, or the content itself
        does, of that day or a later one."""
        day = self.business_date.isoformat()
        counts = any(
            entry.sha256 == self.entry.sha256 and entry.business_date >= day for entry in self.live
        )
        return counts or self.business_date < snapshot_date(self.live)

    def may_be_good_by_now(self) -> bool:
        """The fault was the loader's, or contract or manifest is another one."""
        was = self.entry.schema_hash, self.entry.manifest_sha256
        return self.entry.is_fault or was != (self.table.fingerprint, self.manifest_sha256)


_FIRST, _SAME, _NEXT = 0, 1, 2
_REVISIONS: Mapping[int, Callable[[Seen], int]] = {
    _FIRST: lambda seen: 1,
    _SAME: lambda seen: seen.entry.revision,
    _NEXT: lambda seen: seen.entry.revision + 1,
}
# Status of the content, condition, what to do, as which revision. The first row that holds decides.
_TABLE: tuple[tuple[str, Callable[[Seen], bool], Action, int], ...] = (
    ("new", Seen.always, Action.LOAD, _FIRST),
    # It was taken back under another name: this is a delivery of its own.
    ("forgotten", Seen.always, Action.LOAD, _NEXT),
    # A name takes over a content that counts under another one: what it held before is gone.
    ("loaded", Seen.its_name_holds_another, Action.LOAD, _NEXT),
    # A snapshot is what there is on its day: the same content on a later day is that day's.
    ("loaded", Seen.is_a_snapshot_of_a_later_day, Action.LOAD, _NEXT),
    ("loaded", Seen.always, Action.UNCHANGED, _SAME),
    # A content returns in place of the one that superseded it (A, B, A).
    ("superseded", Seen.is_a_snapshot_of_the_past, Action.UNCHANGED, _SAME),
    ("superseded", Seen.always, Action.LOAD, _NEXT),
    # Looked at again every night, until it is a matter of the past.
    ("held", Seen.its_name_holds_another, Action.LOAD, _SAME),
    ("held", Seen.is_overtaken, Action.UNCHANGED, _SAME),
    ("held", Seen.always, Action.LOAD, _SAME),
    ("refused", Seen.may_be_good_by_now, Action.LOAD, _SAME),
    ("refused", Seen.always, Action.SET_ASIDE, _SAME),
)


def decide(seen: Seen) -> Decision:
    """What to do with a file that lies there."""
    status = seen.known.status if seen.known else "new"
    for of_status, holds, action, revision in _TABLE:
        if of_status == status and holds(seen):
            return Decision(action, _REVISIONS[revision](seen))
    raise AssertionError(f"no row of the table is about {status}")


def snapshot_date(live: Collection[Entry]) -> date:
    """The day of the snapshot that counts; the first of all days when there is none."""
    return max((date.fromisoformat(entry.business_date) for entry in live), default=date.min)


def superseded_by(
    table: TableContract,
    path: str,
    sha256: str,
    business_date: date,
    live: Collection[Entry],
    displaced: str | None,
) -> list[Entry]:
    """The files whose place a new one takes:
    that of its own content, of a snapshot's name and earlier days,
    of the content `displaced` from a name (None when another name holds that, too)."""
    if not table.names_count:
        return []
    if table.names_hold:
        return [entry for entry in live if entry.sha256 in (sha256, displaced)]
    first_day = business_date.isoformat()
    return [
        entry
        for entry in live
        if entry.business_date < first_day or entry.path == path or entry.sha256 == sha256
    ]


def doubt_about_snapshot(
    table: TableContract,
    business_date: date,
    new_rows: Mapping[str, int],
    superseded: Collection[Entry],
    live: Collection[Entry],
    is_incomplete: bool,
) -> str | None:
    """Why a snapshot (all its files of one day together) is held rather than believed;
    None when it is believed.

    `new_rows` are the rows to load by path, in place of the files `superseded`.
    """
    if is_incomplete:
        return (
            "another file of the same snapshot cannot be used yet;"
            " deliver that one again (or remove it) and both are loaded"
        )
    if business_date < snapshot_date(live):
        return None  # late: it counts for nothing, whatever its size
    replaced = {entry.sequence for entry in superseded}
    before = sum(_rows(entry) for entry in live)
    after = sum(new_rows.values()) + sum(
        _rows(entry) for entry in live if entry.sequence not in replaced
    )
    if after < (1 - table.shrink_limit) * before:
        return (
            f"the snapshot shrank from {before} to {after} rows, "
            f"by more than shrink_limit {table.shrink_limit:g} allows; deliver it again, "
            f"or raise shrink_limit in {table.declared_in} if it is right"
        )
    return None


def _rows(entry: Entry) -> int:
    return (entry.rows_loaded or 0) + entry.rows_replayed
