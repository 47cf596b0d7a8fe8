"""What earlier runs left open, settled before anything new is planned."""

from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from ingestion.killpoint import killpoint
from orchestration.reverse_etl import consent
from orchestration.reverse_etl.outbox import Outbox
from orchestration.reverse_etl.protocol import (
    UPSERT,
    Batch,
    Destination,
    NoAnswer,
    Outcome,
    Refused,
    Row,
    Settled,
    looked_up,
)
from orchestration.reverse_etl.result import SyncResult
from orchestration.reverse_etl.sending import batches
from orchestration.reverse_etl.spec import SyncSpec


@dataclass(frozen=True)
class Drain:
    """Settles the open rows of one sync, and counts them in `result`.

    `make_batch` wraps rows of one action; `send` sends open rows again, and counts those that
    are answered with `count_drained`.
    """

    spec: SyncSpec
    generation: duckdb.DuckDBPyConnection
    destination: Destination
    outbox: Outbox
    result: SyncResult
    make_batch: Callable[[str, list[Row]], Batch]
    send: Callable[[list[Row]], None]

    def run(self, rows: list[Row]) -> None:
        """Send open rows again with the same keys, or give them up where the destination must
        not be asked twice. Errors: `Stopped`."""
        granted = consent.granted_hashes(self.generation, self.spec)
        withheld = [
            row
            for row in rows
            if row.action == UPSERT and granted is not None and row.contact_hash not in granted
        ]
        self.outbox.withhold(withheld)
        killpoint("delivery.after_withhold")
        self.result.drained += len(withheld)
        withheld_keys = {row.key for row in withheld}
        remaining = [row for row in rows if row.key not in withheld_keys]
        if self.destination.resend == "never":
            unanswered = Outcome("unknown", "no answer before an interruption")
            self.outbox.exchange([(row, unanswered) for row in remaining], [])
            self.result.drained += len(remaining)
        elif self.destination.resend == "look_up":
            self._look_up(remaining)
        else:
            self.send(remaining)
        killpoint("delivery.after_drain")

    def _look_up(self, rows: list[Row]) -> None:
        """Ask what became of open rows.

        What certainly did not go out is planned anew, with its latest value.
        """
        for batch in batches(rows, self.destination.batch_rows):
            try:
                outcomes = looked_up(self.destination, self.make_batch(batch[0].action, batch))
            except (NoAnswer, Refused) as silence:
                outcomes = [Outcome("unknown", str(silence))] * len(batch)
            settled = list(zip(batch, outcomes, strict=True))
            self.outbox.exchange(settled, [])
            count_drained(self.result, settled)


def count_drained(result: SyncResult, settled: list[Settled]) -> None:
    """Count the open rows that have an answer by now."""
    result.drained += sum(outcome.status != "unknown" for _, outcome in settled)
