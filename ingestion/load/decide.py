"""What to do with a delivered content, given what the ledger knows of it;
and whether a snapshot is believed. Pure functions."""

from collections.abc import Collection, Mapping
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


def decide(
    table: TableContract,
    path: str,
    business_date: date,
    known: Entry | None,
    live: Collection[Entry],
    manifest_sha256: str | None,
    held: str | None = None,
) -> Decision:
    """`known` is the ledger's last entry of this content, `live` are the table's files that count
    now, `held` is the content that this name holds.

    A content that was superseded counts again when it is delivered in place of the one that
    superseded it (A, B, A), or lies there under another name as well. A snapshot is what there
    is on its day: the same content on a later day is that day's. Where names count, a name
    that gets a content which counts under another name already takes it over: what the name
    held before is gone.
    """
    if known is None:
        return Decision(Action.LOAD)
    if known.status == "forgotten":  # under another name it is a delivery of its own
        return Decision(Action.LOAD, known.revision + 1)
    again = Decision(Action.LOAD, known.revision + 1)
    if known.status in ("loaded", "held") and held and held != known.sha256:
        return again if known.status == "loaded" else Decision(Action.LOAD, known.revision)
    is_later = business_date.isoformat() > known.business_date
    if known.status == "loaded":
        return again if table.load_mode == "snapshot" and is_later else Decision(Action.UNCHANGED)
    if known.status == "superseded":
        returns = table.load_mode != "snapshot" or (
            business_date >= snapshot_date(live)
            and (is_later or any(entry.path == path for entry in live))
        )
        return again if returns else Decision(Action.UNCHANGED)
    if (
        known.status == "held"
    ):  # looked at again every night until a later snapshot makes it a matter of the past
        counts = any(
            entry.sha256 == known.sha256 and entry.business_date >= business_date.isoformat()
            for entry in live
        )
        is_past = counts or business_date < snapshot_date(live)
        return Decision(Action.UNCHANGED) if is_past else Decision(Action.LOAD, known.revision)
    if known.is_fault or (known.schema_hash, known.manifest_sha256) != (
        table.fingerprint,
        manifest_sha256,
    ):
        return Decision(Action.LOAD, known.revision)
    return Decision(Action.SET_ASIDE)


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
