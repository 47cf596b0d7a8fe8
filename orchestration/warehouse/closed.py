"""A connection for statements that a person types: it reads what it was handed, and no statement
opens anything else.

DuckDB takes access to files away from a whole database, and goes on allowing what was open before,
for writing, too. So nothing that is kept is open under a path that SQL could name: the generation
is attached by a name that is gone by then, and Arrow reads the Parquet files, those in a bucket,
too. The one folder that stays is that of what does not fit into memory.
"""

import os
import re
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial, reduce
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from ingestion.errors import LedgerError
from ingestion.sql import name as quoted
from ingestion.sql import texts
from ingestion.storage.protocol import S3
from orchestration.warehouse.connection import configure, view_by_path
from orchestration.warehouse.inputs import Inputs, Relation

_CLOSED = (
    "enable_external_access = false",
    "autoinstall_known_extensions = false",
    "autoload_known_extensions = false",
    "allow_community_extensions = false",
    "allow_persistent_secrets = false",
    "python_enable_replacements = false",  # a name in SQL is no variable of this program
    "lock_configuration = true",  # last: memory, threads and disk stay what they are
)
# What reads, and what keeps tables in memory. Everything else writes or opens something.
_STATEMENTS = {
    *("SELECT", "SET", "TRANSACTION", "CREATE", "CREATE_FUNC", "ALTER", "DROP"),
    *("INSERT", "UPDATE", "DELETE", "MERGE_INTO"),
}
_GAP = r"(?:\s|--[^\n]*\n|/\*.*?\*/)*+"
_EXPLAIN = re.compile(
    rf"{_GAP}explain\b{_GAP}(?:analyze\b)?{_GAP}(?:\(\s*(?:analyze|format)\b[^()]*\))?",
    re.IGNORECASE | re.DOTALL,
)


class ClosedError(Exception):
    """A statement opens what is closed to people's SQL."""


def connect_for_people(inputs: Inputs) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the generation that does not know the installation's secret.
    It may still open files: `close_access` takes that away."""
    connection = duckdb.connect(":memory:")
    configure_for_people(connection, inputs)
    connection.execute("reset variable customer_id_key")
    return connection


def configure_for_people(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> None:
    """Attach the generation, read-only, and what it may read, under no path that stays."""
    beside = inputs.generation.parent
    limits = replace(inputs.limits, spill=inputs.limits.spill or beside)
    with tempfile.TemporaryDirectory(prefix=".attached-", dir=beside) as folder:
        linked = Path(folder) / inputs.generation.name
        for suffix in ("", ".wal"):  # a night that was killed leaves one
            file = inputs.generation.with_name(f"{linked.name}{suffix}")
            if file.exists():
                os.link(file, linked.with_name(file.name))
        configure(
            connection,
            replace(inputs, generation=linked, limits=limits),
            write=False,
            make_view=_view_by_arrow,
        )


def close_access(connection: duckdb.DuckDBPyConnection, *folders: Path) -> None:
    """From now on: no file but those in `folders` and of attached databases, no network,
    no extension, no setting. There is no way back."""
    connection.execute(f"set global allowed_directories = {texts([str(f) for f in folders])}")
    for setting in _CLOSED:
        connection.execute(f"set global {setting}")


def check_statements(connection: duckdb.DuckDBPyConnection, statements: str) -> None:
    """Refuse by its kind what would write or open something: the folder for what does not fit into
    memory stays open to DuckDB, and thereby to `copy`. Errors: `ClosedError`, DuckDB's parser's."""
    # Any SELECT may call it, and DuckDB ends the process when the log's file is closed to it.
    if "enable_logging" in statements.casefold():
        raise ClosedError("enable_logging: not in a closed shell")
    for statement in connection.extract_statements(statements):
        kind = statement.type.name
        if kind == "EXPLAIN" and (explain := _EXPLAIN.match(statement.query)):
            # `explain analyze` runs what it explains.
            check_statements(connection, statement.query[explain.end() :])
        elif kind not in _STATEMENTS:
            raise ClosedError(f"{kind.lower().replace('_', ' ')}: not in a closed shell")


def _view_by_arrow(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, relation: Relation
) -> None:
    """A view that names no file: Arrow has them. DuckDB keeps them for as long as the view."""
    parts = []
    for dataset in _datasets(relation.files):
        has = {column.lower() for column in dataset.schema.names}
        columns = (
            f"cast({relation.value_of(column) if column.lower() in has else 'null'} as {kind})"
            f" as {quoted(column)}"
            for column, kind in relation.columns.items()
        )
        parts.append(connection.from_arrow(dataset).project(", ".join(columns)))
    if not parts:
        return view_by_path(connection, schema, table, relation)
    connection.execute(f"set schema = 'memory.{schema}'")  # that is where `create_view` puts it
    reduce(duckdb.DuckDBPyRelation.union, parts).create_view(table)


def _datasets(files: Sequence[str]) -> list[ds.Dataset]:
    """The files as Arrow sees them."""
    if not any(file.startswith(S3) for file in files):
        return _by_schema(files, None)
    from ingestion.storage.bucket import open_files, told

    with told("object storage"):
        return _by_schema([file.removeprefix(S3) for file in files], open_files())


def _by_schema(files: Sequence[str], system: Any) -> list[ds.Dataset]:
    """A dataset for the files of each schema: what a column was under an earlier contract is cast
    by DuckDB, as everywhere."""
    with ThreadPoolExecutor() as pool:  # in a bucket each takes a request or two
        schemas = list(pool.map(partial(_schema, system=system), files))
    alike: dict[pa.Schema, list[str]] = {}
    for file, schema in zip(files, schemas, strict=True):
        alike.setdefault(schema, []).append(file)
    return [
        ds.dataset(of_schema, schema=schema, format="parquet", filesystem=system)
        for schema, of_schema in alike.items()
    ]


def _schema(file: str, system: Any) -> pa.Schema:
    try:
        return pq.read_schema(file, filesystem=system).remove_metadata()
    except pa.ArrowException:
        raise LedgerError(f"{file}: no Parquet file any more; restore it from the backup") from None
