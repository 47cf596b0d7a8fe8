"""How a step writes its tables: whole Parquet files or none."""

import os
from pathlib import Path

import duckdb

from ingestion.files import fsync
from ingestion.sql import quote


def write_parquet(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> Path:
    """Write a query's rows to `path`; the file appears under its name only when it is
    complete and on disk.

    The connection's own settings decide on order: the query must say `order by` when the order
    of the rows matters.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        target = quote(str(unfinished))
        connection.execute(f"copy ({query}) to {target} (format parquet, compression zstd)")
        fsync(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path
