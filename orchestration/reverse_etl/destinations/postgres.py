"""PostgreSQL: rows of a sync as rows of a table, upserted on the key, one transaction per batch.

The secret is a connection string; to another machine it demands TLS (sslmode), unless `insecure`
is said. Upserts set a state, so sending one again is harmless. Options:
`schema` (default public), `create_table` (default true: a missing table is made with the model's
columns), `timeout` in seconds.
"""

import json

import psycopg
from psycopg import errors, sql

from ingestion.transport import database_is_in_clear
from orchestration.reverse_etl.encoding import typed
from orchestration.reverse_etl.protocol import (
    UPSERT,
    Batch,
    Column,
    DestinationConfig,
    NoAnswer,
    Outcome,
    Refused,
    Resend,
    Stopped,
    resolve_secret,
)
from orchestration.reverse_etl.spec import Mode, NullPolicy, Removal

_TYPES = {
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "UTINYINT": "smallint",
    "INTEGER": "integer",
    "USMALLINT": "integer",
    "BIGINT": "bigint",
    "UINTEGER": "bigint",
    "FLOAT": "double precision",
    "DOUBLE": "double precision",
    "DATE": "date",
    "TIME": "time",
    "UUID": "uuid",
    "BLOB": "text",
}

ATTEMPTS = 3
BACKOFF_BASE_SECONDS = 0.5
_REFUSED = (errors.DataError, errors.IntegrityError, errors.RaiseException)
_STOPPED = (
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.InsufficientPrivilege,
    errors.InvalidSchemaName,
    errors.InvalidColumnReference,
    errors.DatatypeMismatch,
    errors.WrongObjectType,
)


def build(config: DestinationConfig) -> "Postgres":
    return Postgres(config)


class Postgres:
    """One schema of one database."""

    batch_rows = 1_000
    resend: Resend = "same_key"
    modes: frozenset[Mode] = frozenset({"upsert", "insert", "update", "mirror", "append"})
    removals: tuple[Removal, ...] = ("clear", "delete")
    null_policy: NullPolicy = "null"

    def __init__(self, config: DestinationConfig) -> None:
        self.name = config.name
        self.requests = 0
        self._config = config
        self._schema = str(config.options.get("schema", "public"))
        self._create = bool(config.options.get("create_table", True))
        self._connection: psycopg.Connection | None = None
        self._ready: set[str] = set()

    def encode(self, column: Column, value: str) -> str:
        return typed(column, value)

    def open(self) -> None:
        self._dsn = resolve_secret(self._config)
        if database_is_in_clear(self._dsn) and not self._config.insecure:
            raise Stopped(
                f"destination {self.name}: its connection string reaches another machine without"
                " TLS; add sslmode=verify-full to it (require, where its certificate is not known),"
                " or say insecure: true where the way is yours alone"
            )
        self._ready.clear()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def send(self, batch: Batch) -> list[Outcome]:
        reason = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                self._config.clock.sleep(
                    self._config.clock.jitter(BACKOFF_BASE_SECONDS * 2**attempt)
                )
            connection = self._connected()
            self.requests += 1
            try:
                self._write(connection, batch)
            except _REFUSED as error:
                raise Refused(_reason(error)) from None
            except _STOPPED as error:
                raise Stopped(
                    f"destination {self.name}: table {self._schema}.{batch.object} does "
                    f"not fit ({_reason(error)}); it needs the sync's columns and types, "
                    f"a unique constraint on {batch.key.name} and the right to write"
                ) from None
            except psycopg.Error as error:  # a lost connection, a deadlock, a full disk
                reason = _reason(error)
                self.close()
                continue
            return [Outcome("acknowledged")] * len(batch.rows)
        raise NoAnswer(reason)

    def _write(self, connection: psycopg.Connection, batch: Batch) -> None:
        statement, parameters = self._statement(batch)
        with connection.transaction():
            if batch.object not in self._ready:
                self._prepare(connection, batch)
            connection.execute(statement, parameters)
        self._ready.add(batch.object)

    def _connected(self) -> psycopg.Connection:
        """The open connection, or a new one."""
        if self._connection is None or self._connection.closed:
            timeout = int(self._config.options.get("timeout", 30))
            try:
                self._connection = psycopg.connect(
                    self._dsn, connect_timeout=timeout, autocommit=True
                )
            except psycopg.Error:
                # Its message holds the address and the user: the remedy is enough.
                raise Stopped(
                    f"destination {self.name}: no connection to the database;"
                    " check the connection string and that the server runs"
                ) from None
        return self._connection

    def _prepare(self, connection: psycopg.Connection, batch: Batch) -> None:
        """Make the table when it is missing and that is allowed."""
        if not self._create:
            return
        columns = [
            sql.SQL("{} {} primary key").format(
                sql.Identifier(batch.key.name), sql.SQL(_type(batch.key.type))
            ),
            *(
                sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(_type(column.type)))
                for column in batch.columns
            ),
        ]
        statement = sql.SQL("create table if not exists {} ({})").format(
            self._table(batch), sql.SQL(", ").join(columns)
        )
        connection.execute(statement)

    def _table(self, batch: Batch) -> sql.Identifier:
        return sql.Identifier(self._schema, batch.object)

    def _statement(self, batch: Batch) -> tuple[sql.Composed, list[str | list[str]]]:
        key, table = sql.Identifier(batch.key.name), self._table(batch)
        names = [sql.Identifier(column.name) for column in batch.columns]
        keys = [row.key for row in batch.rows]
        if batch.action == "delete":
            return sql.SQL("delete from {} where {}::text = any(%s)").format(table, key), [keys]
        if batch.action == "clear":
            cleared = sql.SQL(", ").join(sql.SQL("{} = null").format(name) for name in names)
            return sql.SQL("update {} set {} where {}::text = any(%s)").format(
                table, cleared, key
            ), [keys]
        if batch.action != UPSERT:
            raise Stopped(
                f"destination {self.name}: action {batch.action} is unknown here;"
                " use ignore, clear or delete"
            )
        typed_columns = [
            sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(_type(column.type)))
            for column in (batch.key, *batch.columns)
        ]
        rows = sql.SQL("jsonb_to_recordset(%s::jsonb) as incoming ({})").format(
            sql.SQL(", ").join(typed_columns)
        )
        if batch.mode == "update":
            assignments = sql.SQL(", ").join(
                sql.SQL("{} = incoming.{}").format(name, name) for name in names
            )
            statement = sql.SQL(
                "update {} as held set {} from {} where held.{} = incoming.{}"
            ).format(table, assignments, rows, key, key)
        else:
            taken = sql.SQL(", ").join(
                sql.SQL("{} = excluded.{}").format(name, name) for name in names
            )
            overwrites = batch.mode not in ("insert", "append") and names
            conflict = (
                sql.SQL("do update set {}").format(taken)
                if overwrites
                else sql.SQL("do nothing").format()
            )
            statement = sql.SQL("insert into {} ({}) select {} from {} on conflict ({}) {}").format(
                table,
                sql.SQL(", ").join([key, *names]),
                sql.SQL(", ").join([key, *names]),
                rows,
                key,
                conflict,
            )
        return statement, [_documents(batch)]


def _documents(batch: Batch) -> str:
    """All rows as one JSON array; the key goes in front of each payload,
    which is a JSON object already."""
    name = json.dumps(batch.key.name)
    documents = []
    for row in batch.rows:
        rest = (row.payload or "{}")[1:]
        documents.append(f"{{{name}:{json.dumps(row.key)}{'' if rest == '}' else ','}{rest}")
    return "[" + ",".join(documents) + "]"


def _type(duckdb_type: str) -> str:
    """PostgreSQL's type for a DuckDB type: exact where there is one, text where there is none."""
    if duckdb_type.startswith("DECIMAL"):
        return duckdb_type.replace("DECIMAL", "numeric")
    if duckdb_type.startswith("TIMESTAMP"):
        return "timestamptz"
    if (
        duckdb_type.endswith("]")
        or duckdb_type.startswith(("STRUCT", "MAP"))
        or duckdb_type == "JSON"
    ):
        return "jsonb"
    if duckdb_type in ("HUGEINT", "UHUGEINT", "UBIGINT"):
        return "numeric"
    return _TYPES.get(duckdb_type, "text")


def _reason(error: psycopg.Error) -> str:
    """SQLSTATE and constraint; never the message, which repeats values."""
    constraint = f" on {error.diag.constraint_name}" if error.diag.constraint_name else ""
    return f"SQLSTATE {error.sqlstate}{constraint}" if error.sqlstate else type(error).__name__
