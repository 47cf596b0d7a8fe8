"""What to do with a delivered content, given what the ledger knows of it; and whether a snapshot is believed. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from ingestion.contracts import TableContract
from ingestion.ledger import Entry


class Action(Enum):
    """load: read it; unchanged: its rows are in raw already; set_aside: it was refused before and nothing about it changed."""

    LOAD = "load"
    UNCHANGED = "unchanged"
    SET_ASIDE = "set aside"


@dataclass(frozen=True)
class Decision:
    """`revision` is that of the raw file to make."""

    action: Action
    revision: int = 1


def decide(
    table: TableContract, path: str, business_date: date, known: Entry | None, live: Sequence[Entry], manifest_sha256: str | None
) -> Decision:
    """`known` is the ledger's last entry of this content, `live` are the table's files that count now.

    A content that was superseded counts again when it is delivered in place of the one that superseded it (A, B, A).
    """
    if known is None:
        return Decision(Action.LOAD)
    if known.status == "loaded":
        return Decision(Action.UNCHANGED)
    if known.status == "superseded":
        is_snapshot = table.load_mode == "snapshot"
        returns = business_date > snapshot_date(live) if is_snapshot else any(entry.path == path for entry in live)
        return Decision(Action.LOAD, known.revision + 1) if returns else Decision(Action.UNCHANGED)
    if known.status == "held" or (known.schema_hash, known.manifest_sha256) != (table.fingerprint, manifest_sha256):
        return Decision(Action.LOAD, known.revision)
    return Decision(Action.SET_ASIDE)


def snapshot_date(live: Sequence[Entry]) -> date:
    """The day of the snapshot that counts; the first of all days when there is none."""
    return max((date.fromisoformat(entry.business_date) for entry in live), default=date.min)


def superseded_by(table: TableContract, path: str, business_date: date, live: Sequence[Entry]) -> list[Entry]:
    """The files whose place a new one takes."""
    if table.load_mode == "snapshot":
        return [entry for entry in live if entry.business_date < business_date.isoformat() or entry.path == path]
    return [entry for entry in live if entry.path == path] if table.on_same_name == "supersede" else []


def doubt_about_snapshot(table: TableContract, business_date: date, new_rows: int, live: Sequence[Entry], part_refused: bool) -> str | None:
    """Why a snapshot (all its files of one day together) is held rather than believed; None when it is believed."""
    if part_refused:
        return "another file of the same snapshot was refused; deliver that one again and both are loaded"
    if business_date < snapshot_date(live):
        return None  # late: it counts for nothing, whatever its size
    same_day = sum(entry.rows_loaded or 0 for entry in live if entry.business_date == business_date.isoformat())
    before = sum(entry.rows_loaded or 0 for entry in live if entry.business_date < business_date.isoformat())
    if new_rows + same_day < (1 - table.shrink_limit) * before:
        return (
            f"the snapshot shrank from {before} to {new_rows + same_day} rows, by more than shrink_limit {table.shrink_limit:g} allows; "
            f"deliver it again, or raise shrink_limit in ingestion/sources/{table.source}.yml if it is right"
        )
    return None
