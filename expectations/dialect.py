"""The SQLAlchemy dialect through which Great Expectations reads DuckDB.

Out of the box every expectation on DuckDB comes back unsuccessful, with the error hidden:
SQLAlchemy begins and rolls back around each statement of a connection that Great Expectations
shares. Gates only read, so transactions are no matter here.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy
from duckdb import DuckDBPyConnection
from duckdb_sqlalchemy import ConnectionWrapper, Dialect
from sqlalchemy.dialects import registry


class GateDialect(Dialect):
    """DuckDB without transactions and without SQLAlchemy's cache of statements."""

    driver = "clientele_gates"
    supports_statement_cache = False

    def do_begin(self, dbapi_connection: Any) -> None:
        """Nothing to begin: the connection is read-only."""

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Nothing to undo."""

    def do_commit(self, dbapi_connection: Any) -> None:
        """Nothing to keep."""


registry.register("duckdb.clientele_gates", __name__, "GateDialect")


def make_engine(connect: Callable[[], DuckDBPyConnection]) -> sqlalchemy.Engine:
    """An engine over connections that `connect` makes.

    QueuePool on purpose: NullPool closes a connection before Great Expectations has fetched from
    it, and every expectation errors. The caller disposes of the engine after each run, or the file
    stays locked for the night.
    """
    return sqlalchemy.create_engine(
        "duckdb+clientele_gates://",
        creator=lambda: ConnectionWrapper(connect()),
        poolclass=sqlalchemy.QueuePool,
    )
