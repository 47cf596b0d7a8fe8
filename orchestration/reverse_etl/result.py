"""What one run of one sync did: every candidate and every planned removal accounted for."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from orchestration.control.store import ControlStore
from orchestration.reverse_etl.protocol import Settled


class AccountingError(Exception):
    """The counts of a run do not add up: a defect of the engine, never of the data."""


@dataclass
class SyncResult:
    """One row of `sync_runs`.

    `added` + `changed` = `acknowledged`; `drained` rows belong to earlier runs and to no identity.
    """

    run_id: str
    sync: str
    destination: str
    generation: str
    as_of: str
    started_at: str
    finished_at: str = ""
    status: str = "done"
    message: str | None = None
    candidates: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    acknowledged: int = 0
    withheld: int = 0
    held: int = 0
    rejected: int = 0
    invalid: int = 0
    unknown: int = 0
    unsent: int = 0
    planned_removals: int = 0
    removed: int = 0
    removals_held: int = 0
    removals_rejected: int = 0
    removals_unknown: int = 0
    removals_unsent: int = 0
    drained: int = 0
    requests: int = 0
    oldest_unsent_at: str | None = None
    lag_seconds: int = 0
    unreconciled: int = 0

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to look: held, failed, refused or unanswered rows,
        or counts that the state contradicts."""
        open_rows = (
            self.rejected
            + self.unknown
            + self.removals_rejected
            + self.removals_unknown
            + self.unreconciled
        )
        return self.status in ("held", "failed", "cancelled") or open_rows > 0

    @property
    def oldest_unsent_hours(self) -> float:
        """How long the oldest row has been waiting that is due and not settled."""
        if self.oldest_unsent_at is None:
            return 0.0
        waited = datetime.fromisoformat(self.finished_at) - datetime.fromisoformat(
            self.oldest_unsent_at
        )
        return waited.total_seconds() / 3600

    @property
    def told(self) -> str:
        """The run in one line."""
        counts = (
            f"{self.added:,} added, {self.changed:,} changed, {self.removed:,} removed,"
            f" {self.withheld:,} withheld"
        )
        return f"{self.status}; {counts}, {self.rejected:,} rejected {self.message or ''}".rstrip()

    def count_upserts(self, settled: Iterable[Settled]) -> None:
        """Count what became of rows that were planned as adds or changes."""
        for (status, is_new), rows in Counter(
            (outcome.status, row.is_new) for row, outcome in settled
        ).items():
            setattr(self, status, getattr(self, status) + rows)
            if status == "acknowledged":
                self.added += rows if is_new else 0
                self.changed += 0 if is_new else rows

    def count_removals(self, settled: Iterable[Settled]) -> None:
        """Count what became of planned removals."""
        for status, rows in Counter(outcome.status for _, outcome in settled).items():
            field = "removed" if status == "acknowledged" else f"removals_{status}"
            setattr(self, field, getattr(self, field) + rows)

    def unaccounted(self) -> tuple[int, int]:
        """Candidates and planned removals that no count holds yet."""
        settled = (
            self.acknowledged
            + self.unchanged
            + self.withheld
            + self.held
            + self.rejected
            + self.invalid
        )
        removals = (
            self.removed
            + self.removals_held
            + self.removals_rejected
            + self.removals_unknown
            + self.removals_unsent
        )
        return (
            self.candidates - settled - self.unknown - self.unsent,
            self.planned_removals - removals,
        )

    def check(self) -> None:
        """Assert both accounting identities. Errors: `AccountingError`."""
        rest, removals_rest = self.unaccounted()
        if rest or removals_rest or self.acknowledged != self.added + self.changed:
            raise AccountingError(
                f"sync {self.sync}: {rest} of {self.candidates} candidates and {removals_rest} "
                f"of {self.planned_removals} planned removals are not accounted for; "
                "this is a defect of the engine, nothing was marked as delivered because of it"
            )

    def record(self, store: ControlStore) -> None:
        """Write the row of `sync_runs`; a repeated delivery of the same run replaces its row."""
        row: dict[str, Any] = asdict(self)
        columns = ", ".join(row)
        marks = ", ".join(f":{column}" for column in row)
        with store.transaction() as db:
            db.execute(f"insert or replace into sync_runs ({columns}) values ({marks})", row)
