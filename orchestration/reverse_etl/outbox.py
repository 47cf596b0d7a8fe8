"""The durable half of a delivery: rows are written here before they leave the house,
and settled here after the answer.

One transaction settles a batch and queues the next. Only an acknowledgement moves the payload
hash; every other outcome moves at most the version, so that an idempotency key is never
used for two bodies.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestration.control.store import ControlStore
from orchestration.reverse_etl.clock import Clock, stamp
from orchestration.reverse_etl.keyed import keyed_hash
from orchestration.reverse_etl.protocol import UPSERT, Outcome, Resend, Row, Settled
from orchestration.reverse_etl.state_rows import state_upsert

WITHHELD = "withheld"

_QUEUE = """
    insert into outbox (
        sync, key, version, action, idempotency_key, payload, payload_hash, remote_id,
        contact_hash, reason, status, run_id, queued_at
    )
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'sending', ?, ?)
"""
_ACKNOWLEDGED = state_upsert(
    (
        *("sync", "key", "version", "payload_hash", "contact_hash"),
        *("remote_id", "status", "run_id", "updated_at"),
    ),
    {
        "version": "excluded.version",
        "payload_hash": "excluded.payload_hash",
        "contact_hash": "excluded.contact_hash",
        "remote_id": "coalesce(excluded.remote_id, remote_id)",
        "is_uncertain": "0",
        "tried_hash": "null",
        "attempts": "0",
        "tried_contact_hash": "null",
        "status": "excluded.status",
        "reason": "null",
        "run_id": "excluded.run_id",
        "updated_at": "excluded.updated_at",
    },
)
_NOT_ACKNOWLEDGED = state_upsert(
    (
        *("sync", "key", "version", "is_uncertain", "tried_hash", "tried_contact_hash"),
        *("status", "reason", "run_id", "updated_at", "attempts"),
    ),
    {
        "version": "excluded.version",
        "is_uncertain": "max(is_uncertain, excluded.is_uncertain)",
        "tried_contact_hash": "coalesce(excluded.tried_contact_hash, tried_contact_hash)",
        "attempts": (
            "case when tried_hash is excluded.tried_hash"
            " then attempts + (run_id <> excluded.run_id) else 1 end"
        ),
        "tried_hash": "excluded.tried_hash",
        "status": "excluded.status",
        "reason": "excluded.reason",
        "run_id": "excluded.run_id",
        "updated_at": "excluded.updated_at",
    },
)
# A row whose answer was lost keeps its version: it may yet have to be asked about under that key.
_UNSENT = state_upsert(
    ("sync", "key", "version", "status", "run_id", "updated_at"),
    {"version": "case when status = 'unknown' then version else excluded.version end"},
)
_STAYS_OPEN = "update outbox set status = 'unknown', reason = ? where sync = ? and key = ?"
_DELETE = "delete from outbox where sync = ? and key = ?"
_LOG = """
    insert into delivery_log (
        run_id, as_of, sync, key_hash, action, status, reason, version, at
    )
    values (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_OPEN = "select * from outbox where sync = ? order by action = 'upsert', action, key"


@dataclass(frozen=True)
class Outbox:
    """The outbox of one sync during one run.

    `resend` is the destination's: rows without an answer stay open, or are given up.
    """

    store: ControlStore
    sync: str
    run_id: str
    as_of: str
    secret: str
    clock: Clock
    resend: Resend

    def exchange(
        self, settled: Sequence[Settled], queued: Sequence[Row], *, left_open: bool = False
    ) -> None:
        """Settle the rows of one batch and queue those of the next, in one durable transaction.

        `left_open`: the settled ones were left by an earlier run. They may have arrived then,
        whatever is answered now.
        """
        if not settled and not queued:
            return
        at = stamp(self.clock)
        with self.store.transaction() as db:
            self._settle(db, settled, at, left_open)
            db.executemany(
                _QUEUE,
                [
                    (
                        self.sync,
                        row.key,
                        row.version,
                        row.action,
                        row.idempotency_key,
                        row.payload,
                        row.payload_hash,
                        row.remote_id,
                        row.contact_hash,
                        row.reason,
                        self.run_id,
                        at,
                    )
                    for row in queued
                ],
            )

    def withhold(self, rows: Sequence[Row]) -> None:
        """Settle open rows that may no longer be sent.

        They may have arrived before: their state is unknown, and they are taken back.
        """
        at = stamp(self.clock)
        with self.store.transaction() as db:
            db.executemany(
                _NOT_ACKNOWLEDGED,
                [
                    self._not_acknowledged(row, Outcome("unknown", WITHHELD), at, True)
                    for row in rows
                ],
            )
            db.executemany(_DELETE, [(self.sync, row.key) for row in rows])
            db.executemany(
                _LOG, [self._log(row, WITHHELD, "no grant any more", at) for row in rows]
            )

    def open_rows(self) -> Iterator[Row]:
        """Rows of earlier runs that may have left the house, removals first."""
        for row in self.store.query(_OPEN, [self.sync]):
            key_hash = keyed_hash(self.secret, row["key"])
            yield Row(
                row["key"],
                row["action"],
                row["version"],
                row["idempotency_key"],
                row["payload"],
                row["payload_hash"],
                row["remote_id"],
                row["contact_hash"],
                key_hash,
                row["reason"],
                is_new=False,
                is_retry=True,
            )

    def _settle(
        self, db: sqlite3.Connection, settled: Sequence[Settled], at: str, left_open: bool
    ) -> None:
        acknowledged = [
            (row, outcome) for row, outcome in settled if outcome.status == "acknowledged"
        ]
        rejected = [(row, outcome) for row, outcome in settled if outcome.status == "rejected"]
        unknown = [(row, outcome) for row, outcome in settled if outcome.status == "unknown"]
        unsent = [row for row, outcome in settled if outcome.status == "unsent"]
        refused = [*rejected, *unknown] if self.resend == "never" else rejected
        db.executemany(
            _ACKNOWLEDGED, [self._acknowledged(row, outcome, at) for row, outcome in acknowledged]
        )
        db.executemany(
            _NOT_ACKNOWLEDGED,
            [
                self._not_acknowledged(row, outcome, at, left_open or outcome.status == "unknown")
                for row, outcome in refused
            ],
        )
        db.executemany(
            _UNSENT,
            [(self.sync, row.key, row.version, "unsent", self.run_id, at) for row in unsent],
        )
        stays_open = unknown if self.resend != "never" else []
        db.executemany(
            _STAYS_OPEN, [(outcome.reason, self.sync, row.key) for row, outcome in stays_open]
        )
        open_keys = {row.key for row, _ in stays_open}
        db.executemany(
            _DELETE, [(self.sync, row.key) for row, _ in settled if row.key not in open_keys]
        )
        db.executemany(
            _LOG,
            [
                # why a row was refused, else why it was taken back
                self._log(row, outcome.status, outcome.reason or row.reason, at)
                for row, outcome in settled
                if outcome.status != "unsent"
            ],
        )

    def _acknowledged(self, row: Row, outcome: Outcome, at: str) -> tuple[object, ...]:
        if row.action == UPSERT:
            held, contact, status = row.payload_hash, row.contact_hash, "acknowledged"
        else:  # who was cleared is still known there, by the address
            held, contact, status = (
                None,
                row.contact_hash if row.action == "clear" else None,
                "removed",
            )
        return (
            self.sync,
            row.key,
            row.version,
            held,
            contact,
            outcome.remote_id,
            status,
            self.run_id,
            at,
        )

    def _not_acknowledged(
        self, row: Row, outcome: Outcome, at: str, is_uncertain: bool
    ) -> tuple[object, ...]:
        """What may have arrived is known there by its contact point; what was refused is not.

        Taking back is no try of a payload.
        """
        tried = row.payload_hash if row.action == UPSERT else None
        contact = row.contact_hash if is_uncertain else None
        return (
            self.sync,
            row.key,
            row.version,
            is_uncertain,
            tried,
            contact,
            outcome.status,
            outcome.reason,
            self.run_id,
            at,
            1,
        )

    def _log(self, row: Row, status: str, reason: str | None, at: str) -> tuple[object, ...]:
        return (
            self.run_id,
            self.as_of,
            self.sync,
            row.key_hash,
            row.action,
            status,
            reason,
            row.version,
            at,
        )
