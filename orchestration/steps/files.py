"""How a step writes its tables: whole Parquet files or none."""

import os
from pathlib import Path

import duckdb


def write_parquet(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> Path:
    """Write a query's rows to `path`; the file appears under its name only when it is
    complete and on disk.

    The connection's own settings decide on order: the query must say `order by` when the order
    of the rows matters.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        target = str(unfinished).replace("'", "''")
        connection.execute(f"copy ({query}) to '{target}' (format parquet, compression zstd)")
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path
