"""Sends what was kept, on one connection, and holds every answer against the one that was kept."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from ingestion.killpoint import killpoint
from ingestion.layers import RAW
from ingestion.sql import quote
from orchestration.warehouse.connection import BY_KIND, CATALOG, connect
from orchestration.warehouse.inputs import Inputs
from orchestration.warehouse.replay.key import digest
from orchestration.warehouse.replay.recording import Node, Recording, Statement


class OtherwiseError(Exception):
    """Something went otherwise than it was kept: this part is dbt's."""


@dataclass(frozen=True)
class Sent:
    """When one node was sent."""

    node: Node
    started: datetime
    ended: datetime

    @property
    def seconds(self) -> float:
        return (self.ended - self.started).total_seconds()


def _scene(connection: duckdb.DuckDBPyConnection, reads: list[str]) -> str:
    """The columns and types of the tables that a part reads, as a hash."""
    names = ", ".join(map(quote, reads)) or "null"
    rows = connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns()"
        f" where database_name in ({quote(CATALOG)}, 'memory')"
        f" and schema_name || '.' || table_name in ({names})"
        " order by schema_name, table_name, column_index"
    ).fetchall()
    return digest(rows)


def scene_of(inputs: Inputs, reads: list[str]) -> str:
    """The same on a connection of its own."""
    with closing(connect(_narrowed(inputs, reads))) as connection:
        return _scene(connection, reads)


def resend(inputs: Inputs, recording: Recording) -> list[Sent]:
    """Build a part as it was kept.

    Errors: `OtherwiseError`, and then the generation holds the tables that it held before.
    """
    try:
        with closing(connect(_narrowed(inputs, recording.reads), write=True)) as connection:
            if _scene(connection, recording.reads) != recording.scene:
                raise OtherwiseError("what the part reads has other columns")
            with _undone_if_it_fails(connection):
                for node in recording.nodes:
                    relation = node.event["data"]["node_info"]["node_relation"]
                    if relation["relation_name"]:  # a test has none
                        schema = relation["schema"]
                        connection.execute(f'create schema if not exists {CATALOG}."{schema}"')
                return [_send(connection, node) for node in recording.nodes]
    except duckdb.InterruptException:
        raise  # somebody stops the night
    except duckdb.Error as error:
        # The database quotes values: what went wrong it says when dbt has asked it.
        raise OtherwiseError(type(error).__name__) from None


def _narrowed(inputs: Inputs, reads: list[str]) -> Inputs:
    """Without the relations that the part does not read."""
    of_raw = any(name.startswith(f"{BY_KIND}.") for name in reads)
    return inputs.reading({*reads, RAW} if of_raw else {*reads})


def _send(connection: duckdb.DuckDBPyConnection, node: Node) -> Sent:
    started = datetime.now(UTC)
    for statement in node.statements:
        _send_one(connection, statement)
    killpoint("replay-sent")
    return Sent(node, started, datetime.now(UTC))


def _send_one(connection: duckdb.DuckDBPyConnection, statement: Statement) -> None:
    connection.execute(statement.sql)
    if not statement.asks:
        return
    row, columns = connection.fetchone() or (), connection.description or ()
    # Materializations only ask whether anything is left: the same zeros, the same statements.
    if statement.asks == "count":
        if (row[0] == 0) is not statement.is_zero:
            raise OtherwiseError("a count is zero that was not, or the other way round")
        return
    answer = dict(zip((name.lower() for name, *_ in columns), row, strict=True))
    if answer["should_warn"] or answer["should_error"]:
        raise OtherwiseError("a test does not pass")


@contextmanager
def _undone_if_it_fails(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Take back what was made: dbt begins with what it would have found."""
    before = _tables(connection)
    try:
        yield
    except (duckdb.Error, OtherwiseError):
        with suppress(duckdb.Error):  # none is open
            connection.rollback()
        for schema, table in sorted(_tables(connection) - before):
            connection.execute(f'drop table {CATALOG}."{schema}"."{table}"')
        raise


def _tables(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    query = f"select schema_name, table_name from duckdb_tables() where database_name = '{CATALOG}'"
    return set(connection.execute(query).fetchall())
