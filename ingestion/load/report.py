"""What one load did, for the night's report: every file and every row is in exactly one place."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ingestion.entry import Entry
from ingestion.landing.scan import Extract, UnknownFile
from ingestion.load.convert import Converted

FIELD_KINDS = ("unknown", "missing", "changed")  # drift that concerns fields, whatever the file


@dataclass(frozen=True)
class FileOutcome:
    """One extract and what became of it: loaded, refused, held,
    or contested by a manifest that came later. `reason` names the file and the remedy."""

    path: str
    raw_table: str
    business_date: str
    status: str
    rows: int = 0
    loaded: int = 0
    quarantined: int = 0
    attested: bool = False
    reason: str | None = None
    reasons: Mapping[str, int] = field(default_factory=dict)
    drift: Mapping[str, list[str]] = field(default_factory=dict)
    is_new: bool = True  # False: decided by an earlier run, the file still lies there


def outcome_of(extract: Extract, entry: Entry, converted: Converted) -> FileOutcome:
    """A file that this run looked into."""
    return FileOutcome(
        path=entry.path,
        raw_table=extract.table.raw_name,
        business_date=entry.business_date,
        status=entry.status,
        rows=converted.rows,
        loaded=converted.loaded,
        quarantined=converted.quarantined,
        attested=converted.attested,
        reason=entry.reason,
        reasons=converted.reasons,
        drift=converted.drift,
    )


def known_outcome(extract: Extract, entry: Entry) -> FileOutcome:
    """A file that an earlier run refused and that still lies there as it was."""
    return FileOutcome(
        extract.path,
        extract.table.raw_name,
        entry.business_date,
        entry.status,
        entry.rows_read or 0,
        reason=entry.reason,
        is_new=False,
    )


def contested(extract: Extract, entry: Entry, why: str) -> FileOutcome:
    """A file that is in raw, and whose manifest came later and does not vouch for it."""
    reason = (
        f"{extract.path}: its rows are in raw,"
        f" but the manifest that came after them says otherwise: {why}, or remove the manifest"
    )
    return FileOutcome(
        extract.path,
        extract.table.raw_name,
        entry.business_date,
        "contested",
        entry.rows_read or 0,
        reason=reason,
        is_new=False,
    )


def unreadable(extract: Extract, error: OSError) -> FileOutcome:
    """Not entered in the ledger: its content is not known."""
    reason = (
        f"{extract.path}: cannot be read ({error.strerror}); check its permissions and the disk"
    )
    return FileOutcome(
        extract.path,
        extract.table.raw_name,
        extract.business_date.isoformat(),
        "refused",
        reason=reason,
    )


@dataclass(frozen=True)
class TableRows:
    """Rows of the files of a raw table that this run loaded: read = loaded + quarantined."""

    files: int = 0
    read: int = 0
    loaded: int = 0
    quarantined: int = 0


@dataclass(frozen=True)
class LoadReport:
    """A load.

    File lists are in load order; `waiting` are paths for a later night, `unsettled` were still
    being written. `returned` have a content that was replaced in the meantime: it is their day's
    word again. `forgotten` lie there although somebody took them back. `leftovers` are files that
    the ledger did not name, as they lie below raw/ now; `missed` are those of them that no extract
    brought again. `taken_up` counts the revisions made ready since the last night; `outdated` are
    (source, contract version, files) that wait for a reload; `in_quarantine` are the rows that
    wait in all, by raw table and reason.
    """

    as_of: str
    run_id: str
    is_rebuild: bool = False
    outcomes: tuple[FileOutcome, ...] = ()
    unchanged: int = 0
    returned: tuple[str, ...] = ()
    forgotten: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    switched_off: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()
    unknown: tuple[UnknownFile, ...] = ()
    leftovers: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    taken_up: int = 0
    outdated: tuple[tuple[str, int, int], ...] = ()
    in_quarantine: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def with_status(self, *statuses: str) -> tuple[FileOutcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.status in statuses)

    @property
    def loaded(self) -> tuple[FileOutcome, ...]:
        return self.with_status("loaded")

    @property
    def refused(self) -> tuple[FileOutcome, ...]:
        return self.with_status("refused")

    @property
    def held(self) -> tuple[FileOutcome, ...]:
        return self.with_status("held")

    @property
    def set_aside(self) -> tuple[FileOutcome, ...]:
        """Files that a person has to look at: their source keeps what it had."""
        return self.with_status("refused", "held", "contested")

    @property
    def tables(self) -> dict[str, TableRows]:
        """Rows by raw table."""
        totals: dict[str, TableRows] = {}
        for outcome in self.loaded:
            before = totals.get(outcome.raw_table, TableRows())
            totals[outcome.raw_table] = TableRows(
                before.files + 1,
                before.read + outcome.rows,
                before.loaded + outcome.loaded,
                before.quarantined + outcome.quarantined,
            )
        return totals

    @property
    def reasons(self) -> dict[str, dict[str, int]]:
        """Why rows went to quarantine, by raw table."""
        counts: dict[str, Counter[str]] = {}
        for outcome in self.loaded:
            if outcome.reasons:
                counts.setdefault(outcome.raw_table, Counter()).update(outcome.reasons)
        return {table: dict(counter.most_common()) for table, counter in counts.items()}

    @property
    def drift(self) -> dict[str, dict[str, list[str]]]:
        """What is new, missing, changed or odd, by raw table and kind (see `doubts.py`);
        with its file where it is of one."""
        found: dict[str, dict[str, set[str]]] = {}
        for outcome in self.outcomes:
            for kind, texts in outcome.drift.items():
                told = (
                    texts if kind in FIELD_KINDS else [f"{outcome.path}: {text}" for text in texts]
                )
                found.setdefault(outcome.raw_table, {}).setdefault(kind, set()).update(told)
        return {
            table: {kind: sorted(fields) for kind, fields in kinds.items()}
            for table, kinds in found.items()
        }

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-able values; holds no personal data."""
        derived = {
            "reasons": self.reasons,
            "drift": self.drift,
            "tables": {name: asdict(rows) for name, rows in self.tables.items()},
        }
        return asdict(self) | derived
