"""Sends what was kept, on one connection, and holds every answer against the one that was kept."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from ingestion.sql import quote
from orchestration.warehouse.connection import CATALOG, connect
from orchestration.warehouse.inputs import Inputs
from orchestration.warehouse.replay.key import digest
from orchestration.warehouse.replay.recording import Node, Recording, Statement


class OtherwiseError(Exception):
    """Something went otherwise than it was kept: this part is dbt's."""


@dataclass(frozen=True)
class Sent:
    """How one node went this time. `failures`: rows that a passing test found all the same."""

    node: Node
    started: datetime
    seconds: float
    failures: int = 0


def scene(connection: duckdb.DuckDBPyConnection, reads: list[str]) -> str:
    """The columns and types of the tables that a part reads, as a hash."""
    if not reads:
        return digest([])
    names = ", ".join(quote(name) for name in reads)
    rows = connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns()"
        f" where database_name in ({quote(CATALOG)}, 'memory')"
        f" and schema_name || '.' || table_name in ({names})"
        " order by schema_name, table_name, column_index"
    ).fetchall()
    return digest(rows)


def scene_of(inputs: Inputs, reads: list[str]) -> str:
    """The same on a connection of its own."""
    connection = connect(inputs)
    try:
        return scene(connection, reads)
    finally:
        connection.close()


def resend(inputs: Inputs, recording: Recording) -> list[Sent]:
    """Build a part as it was kept.

    Errors: `OtherwiseError`, and then the generation is as it was before.
    """
    connection = connect(inputs, write=True)
    try:
        if scene(connection, recording.reads) != recording.scene:
            raise OtherwiseError("what the part reads has other columns")
        with _undone_if_it_fails(connection):
            for schema in sorted({_schema(node) for node in recording.nodes} - {""}):
                connection.execute(f'create schema if not exists {CATALOG}."{schema}"')
            return [_send(connection, node) for node in recording.nodes]
    finally:
        connection.close()


def _schema(node: Node) -> str:
    is_table = not node.unique_id.startswith("test.")
    return str(node.event["data"]["node_info"]["node_relation"]["schema"]) if is_table else ""


def _send(connection: duckdb.DuckDBPyConnection, node: Node) -> Sent:
    started, began, failures = datetime.now(UTC), time.perf_counter(), 0
    connection.execute("begin")
    for statement in node.statements:
        failures += _send_one(connection, statement)
    connection.execute("commit")
    return Sent(node, started, time.perf_counter() - began, failures)


def _send_one(connection: duckdb.DuckDBPyConnection, statement: Statement) -> int:
    connection.execute(statement.sql, statement.bindings)
    if not statement.asks:
        return 0
    row = connection.fetchone() or ()
    if statement.asks == "count":
        # Materializations only ask whether anything is left: the same zeros, the same statements.
        if (row[0] == 0) is not statement.is_zero:
            raise OtherwiseError("a count is zero that was not, or the other way round")
        return 0
    columns = [column[0].lower() for column in connection.description or ()]
    answer = dict(zip(columns, row, strict=True))
    if answer["should_warn"] or answer["should_error"]:
        raise OtherwiseError("a test does not pass")
    return int(answer["failures"])


@contextmanager
def _undone_if_it_fails(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Take back what was made: dbt begins with what it would have found."""
    before = _tables(connection)
    try:
        yield
    except duckdb.InterruptException:
        raise  # somebody stops the night
    except (duckdb.Error, OtherwiseError, ValueError, KeyError, IndexError) as error:
        if not isinstance(error, OtherwiseError):
            error = OtherwiseError(type(error).__name__)  # the database quotes values
        try:
            connection.rollback()
        except duckdb.Error:
            pass  # none was open
        for schema, table in sorted(_tables(connection) - before):
            connection.execute(f'drop table {CATALOG}."{schema}"."{table}"')
        raise error from None


def _tables(connection: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    query = f"select schema_name, table_name from duckdb_tables() where database_name = '{CATALOG}'"
    return set(connection.execute(query).fetchall())
