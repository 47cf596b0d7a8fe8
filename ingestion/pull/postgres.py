"""Rows of a PostgreSQL table or view, through dlt's SQL source:
one read-only statement, so one moment of the table."""

import gc
import uuid
from collections.abc import Generator
from datetime import date, time
from decimal import Decimal
from functools import partial
from typing import Any

import dlt
import psycopg
import simplejson
import sqlalchemy
from dlt.sources.sql_database import sql_table
from psycopg.types.json import set_json_loads

from ingestion.pull.cursor import Cursor
from ingestion.pull.declared import PostgresPull, PullError
from ingestion.transport import database_is_in_clear

CHUNK_ROWS = 10_000


class _Connection(psycopg.Connection[Any]):
    """What dlt still holds of a stopped pull ends after its connection was closed:
    there is nothing left to roll back then."""

    def rollback(self) -> None:
        if not self.closed:
            super().rollback()


class PostgresRows:
    """The rows of one pull. `requests` counts statements."""

    def __init__(self, pull: PostgresPull, secret: str) -> None:
        self.requests = 0
        self._pull = pull
        self._is_readable = database_is_in_clear(secret) and not pull.insecure
        # The connection string stays out of the engine, which shows its address in errors.
        self._engine = sqlalchemy.create_engine(
            "postgresql+psycopg://",
            creator=lambda: self._connect(secret),
            poolclass=sqlalchemy.NullPool,
        )
        self._opened: list[_Connection] = []

    def since(self, start: Cursor | None) -> Generator[dict[str, Any], None, None]:
        """Rows from `start` on, and those without a cursor value. Errors: `PullError`."""
        if self._is_readable:
            raise PullError(
                f"what {self._pull.secret} holds reaches another machine without TLS;"
                " add sslmode=verify-full to it (require, where its certificate is not known),"
                " or say insecure: true where the way is yours alone"
            )
        schema, _, name = self._pull.relation.rpartition(".")
        incremental: Any = None
        if self._pull.cursor:
            incremental = dlt.sources.incremental(
                self._pull.cursor,
                initial_value=start,
                primary_key=(),
                on_cursor_value_missing="include",
                allow_external_schedulers=False,
            )
        self.requests += 1
        try:
            table = sql_table(
                self._engine, name, schema or None, incremental=incremental, chunk_size=CHUNK_ROWS
            )
            for row in table:
                yield {column: _plain(column, value) for column, value in row.items()}
        except PullError:
            raise
        except Exception as error:
            raise PullError(self._why(error)) from None

    def close(self) -> None:
        """Let go of the table: of a pull that stopped in the middle dlt holds a generator,
        and with it a lock, until Python collects it."""
        gc.collect()
        for connection in self._opened:
            connection.close()
        self._engine.dispose()

    def _connect(self, dsn: str) -> _Connection:
        connection = _Connection.connect(dsn, connect_timeout=30)
        self._opened.append(connection)
        set_json_loads(
            partial(simplejson.loads, use_decimal=True), connection
        )  # a jsonb's numbers keep their digits
        connection.execute("set time zone 'UTC'")
        connection.commit()
        connection.read_only = True
        return connection

    def _why(self, error: BaseException) -> str:
        """What went wrong, in words that hold neither a value nor the connection string."""
        causes: list[BaseException] = []
        cause: BaseException | None = error
        while cause is not None and cause not in causes:
            causes.append(cause)
            cause = cause.__cause__ or cause.__context__
        for found in causes:
            if isinstance(found, sqlalchemy.exc.NoSuchTableError):
                return (
                    f"there is no relation {self._pull.relation}, or no permission to read it;"
                    f" check relation and {self._pull.secret}"
                )
            if isinstance(found, KeyError):
                return f"{self._pull.relation} has no column {self._pull.cursor}; check cursor"
            if isinstance(found, psycopg.Error) and found.sqlstate:
                return (
                    f"{self._pull.relation}: SQLSTATE {found.sqlstate}; check relation,"
                    f" cursor and what {self._pull.secret} may read"
                )
        for found in causes:
            if isinstance(found, psycopg.OperationalError | psycopg.ProgrammingError):
                return (
                    f"no connection with what {self._pull.secret} holds;"
                    " check host, user and password in it, and that the server is up"
                )
        return f"{self._pull.relation}: {type(causes[-1]).__name__}; look at the server's log"


def _plain(column: str, value: Any) -> Any:
    """A value as JSON can hold it without losing anything."""
    if value is None or isinstance(value, str | int | float | dict | list):
        return value
    if isinstance(value, Decimal | uuid.UUID):
        return str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    raise PullError(
        f"column {column} is of a type that JSON cannot hold; pull"
        " from a view that turns it into text"
    )
