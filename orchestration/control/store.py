"""The control store: one SQLite file that holds what must outlive every rebuild of the warehouse.

Ledger of extracts, lease, overrides, histories, delivery state. Its tables are described where they
are made, in `migrations/`; a migration is never edited once it has shipped: add the next number.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestration.control.digests import Digests, damaged, is_damage

MIGRATIONS = Path(__file__).parent / "migrations"


class ControlStore:
    """An open control store.

    One per process; safe beside other processes (WAL, immediate transactions). `guard` is asked
    inside every transaction whether this process may still write, and raises when it may not: the
    lease sets it.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._digests = Digests(connection, path)
        self.path = path
        self.guard: Callable[[sqlite3.Connection], None] | None = None

    @classmethod
    def open(cls, path: Path) -> "ControlStore":
        """Open the store at `path`, making or migrating it when needed.

        The file is readable by its owner only. Errors: `StoreDamagedError`.
        """
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600, exist_ok=True)
        connection = sqlite3.connect(
            path, timeout=60, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        try:
            for pragma in (
                "journal_mode = wal",
                "synchronous = full",
                "secure_delete = on",
                "foreign_keys = on",
            ):
                connection.execute(f"pragma {pragma}")
            store = cls(connection, path)
            store._migrate()
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            connection.close()
            if is_damage(error):
                raise damaged(path, str(error)) from None
            raise
        return store

    def _migrate(self) -> None:
        """Bring the schema up to date, each migration and its number in one transaction."""
        for migration in sorted(MIGRATIONS.glob("*.sql")):
            number = int(migration.name.split("_")[0])
            if self._connection.execute("pragma user_version").fetchone()[0] >= number:
                continue
            self.verify()
            with self.transaction() as db:
                if db.execute("pragma user_version").fetchone()[0] >= number:
                    continue  # another process was faster
                for statement in _statements(migration.read_text(encoding="utf-8")):
                    db.execute(statement)
                db.execute(f"pragma user_version = {number}")
                self._digests.renew()

    def verify(self) -> None:
        """Whether the store is as it was written. Errors: `StoreDamagedError`."""
        self._digests.verify()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: begins at once (so that two writers queue up instead of failing half
        way), commits or rolls back.

        Errors: `LeaseLostError` where this process held the lease and has lost it.
        """
        self._connection.execute("begin immediate")
        try:
            if self.guard:
                self.guard(self._connection)
            yield self._connection
            self._digests.save()
        except BaseException:
            self._connection.execute("rollback")
            self._digests.forget()
            raise
        self._connection.execute("commit")

    def query(self, sql: str, params: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        """Rows of a reading statement."""
        return self._connection.execute(sql, params).fetchall()

    def copy_rows(self, path: Path, tables: dict[str, str], params: Sequence[Any] = ()) -> None:
        """Write the rows of some queries to `path`, a table for each, for DuckDB to attach.

        Never attach the live file in a process that has it open here: two SQLite libraries in one
        process drop each other's POSIX locks.
        """
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        self._connection.execute("attach ? as copied", [str(path)])
        try:
            # Nobody misses the file when the machine stops: the store itself stays as careful as it
            # is. Large pages are read faster.
            for pragma in ("journal_mode = off", "synchronous = off", "page_size = 65536"):
                self._connection.execute(f"pragma copied.{pragma}")
            # Deferred: of one moment, and no writer of the store waits for a reader.
            self._connection.execute("begin deferred")
            try:
                for table, query in tables.items():
                    self._connection.execute(f"create table copied.{table} as {query}", params)
            finally:
                self._connection.execute("commit")
        finally:
            self._connection.execute("detach copied")

    def close(self) -> None:
        self._connection.close()


def _statements(script: str) -> Iterator[str]:
    """The statements of a migration, split where SQLite itself sees an end."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
