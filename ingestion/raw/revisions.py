"""Revisions of raw made between two nights: a file's rows read or mended again,
ready for the next night to take up.

What is published stays as it is, and every earlier night can still be built from
the revision that it read.
"""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ingestion.contracts.contract import TableContract
from ingestion.delivered_again import PREPARED_AS_OF
from ingestion.entry import Entry
from ingestion.errors import LedgerError
from ingestion.killpoint import killpoint
from ingestion.ledger import Ledger, as_json
from ingestion.quarantine.bad_rows import PARQUET
from ingestion.raw.raw_files import RawFolder
from ingestion.raw.tombstones import raw_relation, together
from ingestion.sql import name, parquet, quote


class Revisions:
    """Whoever makes revisions holds the lease: no night runs meanwhile."""

    def __init__(self, ledger: Ledger, folder: RawFolder, run_id: str) -> None:
        self.ledger = ledger
        self.folder = folder
        self._run_id = run_id
        folder.prepare(ledger.owner())
        self.connection = folder.connect()
        self.connection.execute("set TimeZone = 'UTC'")

    def close(self) -> None:
        self.connection.close()

    def place(self, label: str) -> Path:
        """A name for a file under construction."""
        return self.folder.incoming / f"revision.{label}.parquet"

    def write(self, table: TableContract, queries: Sequence[str], target: Path) -> int:
        """Write the raw rows of some queries to `target`; returns how many."""
        rows = together(table, queries)
        return int(
            self.connection.execute(
                f"copy (from {rows}) to {quote(str(target))} {PARQUET}"
            ).fetchall()[0][0]
        )

    def commit(
        self,
        old: Entry,
        changed: Entry,
        table: TableContract,
        rows: Path,
        bad: Path,
        corrections: Path,
    ) -> Entry:
        """Publish a revision's files and enter it.

        `changed` carries its counts and contract; the rest follows from `old`.
        Errors: `LedgerError` when a row would be lost or double; nothing has changed then.
        """
        self._check(changed, rows, bad, corrections)
        entry = replace(
            changed,
            sequence=self.ledger.next_sequence(),
            revision=self.ledger.next_revision(old),
            arrival=old.arrival or old.sequence,
            replaces=old.replaces if old.status == "prepared" else old.sequence,
            status="prepared",
            as_of=PREPARED_AS_OF,
            run_id=self._run_id,
            control_totals=as_json(self._totals(table, rows)),
        )
        entry = replace(entry, raw_path=entry.file_name)
        digests: dict[str, str] = {}
        if entry.rows_quarantined:
            digests |= self.folder.publish(bad, entry.quarantine_path)
        if entry.rows_replayed:
            digests |= self.folder.publish(corrections, entry.corrections_path)
        if entry.rows_deleted:
            copy = self.place("deleted")
            shutil.copyfile(self.folder.bring(old.data_paths[1]), copy)
            digests |= self.folder.publish(copy, entry.data_paths[1])
        digests |= self.folder.publish(rows, entry.file_name)
        killpoint("revision.before_ledger")
        self.ledger.prepare(entry, digests)
        killpoint("revision.after_ledger")
        return entry

    def restore(self, entry: Entry, rows: Path, bad: Path, corrections: Path) -> None:
        """Put the files of an entry, made again from its extract, in place of damaged ones.

        Every night that read them reads the same rows. Errors: `LedgerError` when a row would be
        lost or double; nothing has changed then.
        """
        self._check(entry, rows, bad, corrections)
        digests = self.folder.publish(rows, entry.data_paths[0])
        if entry.rows_quarantined:
            digests |= self.folder.publish(bad, entry.quarantine_path)
        killpoint("revision.before_ledger")
        self.ledger.keep_digests(digests)
        killpoint("revision.after_ledger")

    def _check(self, entry: Entry, rows: Path, bad: Path, corrections: Path) -> None:
        """Conservation, counted in the files themselves:
        every row of the extract is in exactly one place."""
        lines = [f"select _line_number as line from {parquet(rows)}"]
        counts = [(rows, (entry.rows_loaded or 0) + entry.rows_replayed)]
        if entry.rows_quarantined:
            lines.append(f"select line_number from {parquet(bad)}")
            counts.append((bad, entry.rows_quarantined))
        if entry.rows_replayed:
            counts.append((corrections, entry.rows_replayed))
        for file, wanted in counts:
            found = self.count(parquet(file))
            if found != wanted:
                raise LedgerError(
                    f"{entry.path}: {file.name} has {found} rows"
                    f" where {wanted} belong; this is a fault of the loader"
                )
        distinct = self.count(f"(select distinct line from ({' union all '.join(lines)}))")
        if distinct != entry.rows_read:
            raise LedgerError(
                f"{entry.path}: {entry.rows_read} rows read, but {distinct} of them are loaded, "
                "replayed or quarantined; this is a fault of the loader"
            )

    def count(self, relation: str) -> int:
        return int(self.connection.execute(f"select count(*) from {relation}").fetchall()[0][0])

    def _totals(self, table: TableContract, rows: Path) -> dict[str, str]:
        summed = [column for column in table.columns if column.type.kind == "decimal"]
        if not summed:
            return {}
        sums = ", ".join(
            f"sum({name(column.name)})::decimal(38, {column.type.scale})" for column in summed
        )
        values = self.connection.execute(
            f"select {sums} from {raw_relation(table, [str(rows)])}"
        ).fetchall()[0]
        return {
            column.name: str(value)
            for column, value in zip(summed, values, strict=True)
            if value is not None
        }
