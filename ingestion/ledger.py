"""The ledger of extracts in the control store: what was loaded, by content, for ever.

Only this module writes its tables.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Protocol

from ingestion.contracts.contract import TableContract
from ingestion.delivered_again import PREPARED_AS_OF, enter_again, take_up_forgotten
from ingestion.delivery_order import Again
from ingestion.entry import Entry
from ingestion.load.names import Held
from ingestion.storage.protocol import Stat
from ingestion.times import iso

NOTHING: Mapping[str, str] = MappingProxyType({})


class Store(Protocol):
    """What the ledger needs of the control store."""

    def transaction(self) -> AbstractContextManager[Any]: ...

    def query(self, sql: str, params: Sequence[Any] = ()) -> list[Any]: ...


@dataclass(frozen=True)
class Past:
    """What a file was like that was loaded before: a measure for the next one.

    `null_counts` are those of the optional columns.
    """

    rows: int
    loaded: int
    null_counts: Mapping[str, int]


_COLUMNS = tuple(Entry.__dataclass_fields__)


class Ledger:
    """Reads and writes `extract_files`, `extract_names`, `landing_files` and `raw_files`."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def owner(self) -> str:
        """Who this ledger belongs to: the mark of its control store."""
        return str(self.store.query("select owner_id from owner")[0]["owner_id"])

    def newest_as_of(self) -> str | None:
        """The latest night that loaded anything."""
        return self.store.query(
            "select max(as_of) as newest from extract_files where status <> 'prepared'"
        )[0]["newest"]

    def entries(self, where: str = "true", params: Sequence[Any] = ()) -> list[Entry]:
        """Entries in order of arrival."""
        rows = self.store.query(
            f"select {', '.join(_COLUMNS)} from extract_files where {where} order by sequence",
            params,
        )
        return [Entry(*tuple(row)) for row in rows]

    def live_entries(self, as_of: datetime, where: str = "true") -> list[Entry]:
        """What a generation at `as_of` reads: loaded by then and not superseded by then;
        of those, the ones `where` says."""
        moment = iso(as_of)
        live = (
            "as_of <= ? and (status = 'loaded'"
            " or (status in ('superseded', 'forgotten') and superseded_as_of > ?))"
        )
        return self.entries(f"{live} and {where}", [moment, moment])

    def newest_revisions(self) -> list[Entry]:
        """The revision of every file that counts now, or will from the next night on."""
        entries = self.entries("status in ('loaded', 'prepared')")
        return list(
            {(entry.source, entry.table_name, entry.sha256): entry for entry in entries}.values()
        )

    def business_dates(self, sources: Collection[str]) -> list[date]:
        """The newest business date of each of the sources that has any."""
        rows = self.store.query(
            "select source, max(business_date) as newest from (select source, business_date"
            " from extract_files where status = 'loaded' union all select source, business_date"
            " from extract_days where forgotten_as_of is null) group by source"
        )
        return [
            date.fromisoformat(row["newest"])
            for row in rows
            if row["source"] in sources and row["newest"]
        ]

    def next_sequence(self) -> int:
        return (
            self.store.query("select max(sequence) as newest from extract_files")[0]["newest"] or 0
        ) + 1

    def next_revision(self, entry: Entry) -> int:
        """The number of the next raw file of an entry's content."""
        query = (
            "select max(revision) as newest from extract_files where source = ?"
            " and table_name = ? and sha256 = ?"
        )
        return (
            int(
                self.store.query(query, [entry.source, entry.table_name, entry.sha256])[0]["newest"]
                or 0
            )
            + 1
        )

    def past(self, table: TableContract, before_sequence: int, files: int) -> list[Past]:
        """The last `files` files of a table that were loaded before an entry, newest first;
        each as it was read last."""
        query = (
            "select rows_read, rows_loaded, null_counts from extract_files where source = ?"
            " and table_name = ? and sequence < ?"
            " and status in ('loaded', 'superseded') and sequence not in (select replaces"
            " from extract_files where replaces is not null and status <> 'prepared')"
            " order by coalesce(arrival, sequence) desc limit ?"
        )
        rows = self.store.query(query, [table.source, table.name, before_sequence, files])
        return [
            Past(row["rows_read"], row["rows_loaded"], json.loads(row["null_counts"] or "{}"))
            for row in rows
        ]

    def known_stats(self) -> dict[str, tuple[Stat, str]]:
        """What the landing zone looked like: stat and sha256 by path."""
        rows = self.store.query(
            "select path, size, inode, mtime_ns, ctime_ns, sha256 from landing_files"
        )
        return {
            row["path"]: (
                Stat(row["size"], row["inode"], row["mtime_ns"], row["ctime_ns"]),
                row["sha256"],
            )
            for row in rows
        }

    def names(self) -> dict[tuple[str, str, str], str]:
        """What each name holds, in tables where names count on their own:
        sha256 by source, table and path."""
        rows = self.store.query("select source, table_name, path, sha256 from extract_names")
        return {(row["source"], row["table_name"], row["path"]): row["sha256"] for row in rows}

    def record(
        self,
        entries: Sequence[Entry],
        superseded: Sequence[Entry],
        seen: Sequence[tuple[str, Stat, str]],
        as_of: datetime,
        settled: Sequence[Entry] = (),
        names: Sequence[Held] = (),
        digests: Mapping[str, str] = NOTHING,
        again: Sequence[Again] = (),
    ) -> None:
        """Enter files, mark those whose place they take and those whose quarantined rows they bring
        again, in one transaction.

        An earlier refusal of the same content makes room for its new entry. `seen` are (path, stat,
        sha256) that need not be hashed again, `names` what names hold by now, `digests` those of
        the files in raw, by path, `again` contents of raw that were delivered again.
        """
        with self.store.transaction() as db:
            _keep_digests(db, digests)
            for entry in entries:
                _enter(db, entry, ("refused", "held"))
            for entry in superseded:
                db.execute(
                    "update extract_files set status = 'superseded', superseded_as_of = ?"
                    " where sequence = ?",
                    [iso(as_of), entry.sequence],
                )
            for entry in settled:
                settlement = [entry.settled_as_of, entry.settled_by, entry.sequence]
                db.execute(
                    "update extract_files set settled_as_of = ?, settled_by = ? where sequence = ?",
                    settlement,
                )
            for name in names:
                db.execute(
                    "insert or replace into extract_names (source, table_name, path, sha256)"
                    " values (?, ?, ?, ?)",
                    name,
                )
            enter_again(db, again)
            for path, stat, sha256 in seen:
                db.execute(
                    "insert or replace into landing_files (path, size, inode, mtime_ns, ctime_ns,"
                    " sha256) values (?, ?, ?, ?, ?, ?)",
                    [path, stat.size, stat.inode, stat.mtime_ns, stat.ctime_ns, sha256],
                )

    def prepare(self, entry: Entry, digests: Mapping[str, str]) -> None:
        """Enter a revision that the next night takes up, with the digests of its files by path;
        one of the same content that waits already makes room."""
        with self.store.transaction() as db:
            _keep_digests(db, digests)
            _enter(db, entry, ("prepared",))

    def forget(
        self, entry: Entry, back: Sequence[Entry], names_hold: bool, digests: Mapping[str, str]
    ) -> None:
        """From the next night on an entry counts no more, and those of `back` count again; where
        names hold, its name holds what came back, or nothing."""
        name = (entry.source, entry.table_name, entry.path)
        with self.store.transaction() as db:
            _keep_digests(db, digests)
            db.execute(
                "update extract_files set status = 'forgotten', superseded_as_of = ?,"
                " reason = 'taken back by `clientele forget`' where sequence = ?",
                [PREPARED_AS_OF, entry.sequence],
            )
            for returning in back:
                _enter(db, returning, ("prepared",))
            if names_hold:
                db.execute(
                    "delete from extract_names where source = ? and table_name = ? and path = ?",
                    name,
                )
                db.executemany(
                    "insert into extract_names (source, table_name, path, sha256)"
                    " values (?, ?, ?, ?)",
                    [[*name, returning.sha256] for returning in back[-1:]],
                )

    def digests(self) -> dict[str, str]:
        """What tells each file of raw from any other content, by its path below raw/."""
        return {
            row["path"]: row["digest"]
            for row in self.store.query("select path, digest from raw_files")
        }

    def keep_digests(self, digests: Mapping[str, str]) -> None:
        """Keep the digests of files in raw, by path."""
        with self.store.transaction() as db:
            _keep_digests(db, digests)

    def take_up(self, sources: Collection[str], as_of: datetime, run_id: str) -> int:
        """Let the prepared revisions count from this night on, all at once; returns how many."""
        due = [entry for entry in self.entries("status = 'prepared'") if entry.source in sources]
        with self.store.transaction() as db:
            for entry in due:
                db.execute(
                    "update extract_files set status = 'superseded', superseded_as_of = ?"
                    " where sequence = ?",
                    [iso(as_of), entry.replaces],
                )
                db.execute(
                    "update extract_files set status = 'loaded', as_of = ?, run_id = ?"
                    " where sequence = ?",
                    [iso(as_of), run_id, entry.sequence],
                )
            for column in ("settled_as_of", "superseded_as_of"):
                db.execute(
                    f"update extract_files set {column} = ? where {column} = ?",
                    [iso(as_of), PREPARED_AS_OF],
                )
            take_up_forgotten(db, as_of)
        return len(due)

    def settle(self, entry: Entry, settled_by: str) -> None:
        """From the next night on, the quarantined rows of a file wait for nobody any more."""
        settled = replace(entry, settled_as_of=PREPARED_AS_OF, settled_by=settled_by)
        self.record([], [], [], datetime.max, [settled])


def _enter(db: Any, entry: Entry, gives_way: tuple[str, ...]) -> None:
    """Insert an entry; what the ledger has of the same content in one of the states
    `gives_way` is forgotten."""
    db.execute(
        "delete from extract_files where source = ? and table_name = ? and sha256 = ?"
        f" and status in ({', '.join('?' * len(gives_way))})",
        [entry.source, entry.table_name, entry.sha256, *gives_way],
    )
    values = [getattr(entry, column) for column in _COLUMNS]
    db.execute(
        f"insert into extract_files ({', '.join(_COLUMNS)})"
        f" values ({', '.join('?' * len(_COLUMNS))})",
        values,
    )


def _keep_digests(db: Any, digests: Mapping[str, str]) -> None:
    db.executemany("insert or replace into raw_files (path, digest) values (?, ?)", digests.items())


def as_json(value: object) -> str | None:
    """Compact JSON, null for nothing."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False) if value else None
