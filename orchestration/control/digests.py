"""Digests of the control store's rows: a flipped bit on the disk is seen before anything is built
on it.

SQLite checks the shape of its pages, not what stands in them. So a table's rows have a sum, the
CRC-32 of each added up, that triggers keep with every row written; rows of the delivery state have
a column for theirs. Whoever is about to write works them out again and compares. What is left out
is in `_LEFT_OUT`.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from zlib import crc32

_SCHEMA, _SUMS = "sqlite_schema", "row_digests"
# Logs and figures that grow by every row sent or gate passed and that no row sent depends on; rows
# on their way, which are gone when they are settled; and what changes by itself.
_LEFT_OUT = (
    *("gate_results", "table_counts", "delivery_log", "audit"),
    *("outbox", "lease", _SUMS),
)
_SINCE = 15  # the migration that made the table of sums
_OTHER_ROWS = "its rows are not those that were written"
# How SQLite fails over a file whose schema or pages are no longer what they were.
_DAMAGE = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# Rows that are written by the hundred thousand bear their own digest, which costs a third of what
# triggers do; that none is missing SQLite's own check says.
_OWN_DIGEST = "delivery_state"
# What a trigger calls, and with which side of the row.
_EVENTS = {
    "insert": [("row_added", "new")],
    "update": [("row_removed", "old"), ("row_added", "new")],
    "delete": [("row_removed", "old")],
}


class StoreDamagedError(Exception):
    """The control store is not as it was written; the message names file, table and remedy."""


class Digests:
    """The sums of one connection's store. Changes are collected in memory, and written by `save`
    in the transaction that makes them."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._changes: Counter[str] = Counter()
        connection.create_function("row_added", 2, self._add)
        connection.create_function("row_removed", 2, self._remove)
        connection.create_function("row_crc", 1, crc32, deterministic=True)
        # Or a row that another one replaces would go without its trigger; and, in some builds of
        # SQLite, no trigger might call these functions.
        connection.execute("pragma recursive_triggers = on")
        connection.execute("pragma trusted_schema = on")

    def _add(self, table: str, row: bytes) -> None:
        self._changes[table] += crc32(row)

    def _remove(self, table: str, row: bytes) -> None:
        self._changes[table] -= crc32(row)

    def save(self) -> None:
        """Write what the transaction has changed."""
        for table, change in self._changes.items():
            self._connection.execute(
                f"update {_SUMS} set digest = digest + ? where table_name = ?", [change, table]
            )
        self.forget()

    def forget(self) -> None:
        """The transaction is rolled back."""
        self._changes.clear()

    def renew(self) -> None:
        """Make the triggers for the tables as they are now, and add up all rows; what every
        migration ends with, from the one on that makes the table of sums."""
        db = self._connection
        if not self._is_kept():
            return
        triggers = f"select name from {_SCHEMA} where type = 'trigger' and name glob 'digest_*'"
        for (name,) in db.execute(triggers).fetchall():
            db.execute(f"drop trigger {name}")
        for table in self._tables():
            columns = self._columns(table)
            for event, calls in _EVENTS.items():
                called = ", ".join(
                    f"{function}('{table}', {_row(f'{side}.{name}' for name in columns)})"
                    for function, side in calls
                )
                db.execute(
                    f"create trigger digest_{table}_{event} after {event} on {table}"
                    f" begin select {called}; end"
                )
        self.forget()
        db.execute(f"update {_OWN_DIGEST} set digest = {self._crc(_OWN_DIGEST)}")
        db.execute(f"delete from {_SUMS}")
        for table in (*self._tables(), _SCHEMA):
            db.execute(f"insert into {_SUMS} values (?, ?)", [table, self._sum(table)])

    def verify(self) -> None:
        """Compare every sum, and have SQLite look at the shape of its pages and indexes.

        Errors: `StoreDamagedError`.
        """
        if not self._is_kept():
            return  # of a version that kept none
        self._connection.execute("begin")
        try:
            sums = self._read(_SUMS, f"select table_name, digest from {_SUMS}")
            kept = {table: digest for table, digest in sums}
            if self._sum(_SCHEMA) != kept.get(_SCHEMA):
                raise self._damaged(_SCHEMA, _OTHER_ROWS)
            tables = self._tables()
            if kept.keys() != {_SCHEMA, *tables}:
                raise self._damaged(_SUMS, _OTHER_ROWS)
            for table in tables:
                if self._sum(table) != kept[table]:
                    raise self._damaged(table, _OTHER_ROWS)
            other = f"digest is not {self._crc(_OWN_DIGEST)}"
            if self._read(_OWN_DIGEST, f"select 1 from {_OWN_DIGEST} where {other} limit 1"):
                raise self._damaged(_OWN_DIGEST, _OTHER_ROWS)
            found = self._read(None, "pragma integrity_check")[0][0]
            if found != "ok":
                raise self._damaged(self._misshapen(), str(found))
        finally:
            self._connection.execute("rollback")

    def _is_kept(self) -> bool:
        there = f"select 1 from {_SCHEMA} where name = '{_SUMS}'"
        since = self._read(None, "pragma user_version")[0][0]
        return since >= _SINCE or bool(self._read(_SCHEMA, there))

    def _misshapen(self) -> str | None:
        """The first table whose pages or indexes are out of shape; none when it is no table's."""
        for table in (*self._tables(), _OWN_DIGEST, *_LEFT_OUT):
            if self._read(table, f"pragma integrity_check({table})")[0][0] != "ok":
                return table
        return None

    def _tables(self) -> list[str]:
        found = self._read(
            _SCHEMA, f"select name from {_SCHEMA} where type = 'table' and name not glob 'sqlite_*'"
        )
        return sorted({name for (name,) in found} - {*_LEFT_OUT, _OWN_DIGEST})

    def _columns(self, table: str) -> list[str]:
        found = self._read(table, f"select name from pragma_table_info('{table}')")
        return [name for (name,) in found]

    def _crc(self, table: str) -> str:
        return digest_sql(name for name in self._columns(table) if name != "digest")

    def _sum(self, table: str) -> int:
        crc = digest_sql(self._columns(table))
        total = f"select coalesce(sum({crc}), 0) from {table}"
        # The number of the last migration stands in no table.
        version = self._read(None, "pragma user_version")[0][0] if table == _SCHEMA else 0
        return int(self._read(table, total)[0][0] + version)

    def _read(self, table: str | None, sql: str) -> list[tuple[Any, ...]]:
        try:
            return [tuple(row) for row in self._connection.execute(sql).fetchall()]
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            if is_damage(error):
                raise self._damaged(table, str(error)) from None
            raise

    def _damaged(self, table: str | None, why: str) -> StoreDamagedError:
        return damaged(self._path, f"table {table}: {why}" if table else why)


def digest_sql(values: Iterable[str]) -> str:
    """SQL: the digest of a row, from the expressions for all of its columns in their order."""
    return f"row_crc({_row(values)})"


def _row(values: Iterable[str]) -> str:
    """SQL: a row as bytes, unambiguous."""
    return f"cast(json_array({', '.join(values)}) as blob)"


def is_damage(error: Exception) -> bool:
    """Whether an error tells of the file, and not of who uses it. What Python itself raises, of
    texts that are no UTF-8, has no code."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _DAMAGE


def damaged(path: Path, why: str) -> StoreDamagedError:
    """The error that names the file and what restores it."""
    return StoreDamagedError(
        f"{path}: {why}. The file was damaged, or changed by hand. Restore control/ from your"
        " backup (README, Back up); until then no night, and nothing else that writes, begins"
    )
