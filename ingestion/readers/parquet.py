"""Parquet: DuckDB reads it, but every value goes through the same text,
so that the same checks hold it."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb

from ingestion.contracts.contract import TableContract
from ingestion.errors import ExtractError
from ingestion.load.casts import TextRelation, nullable
from ingestion.readers.csv import check_header
from ingestion.readers.parquet_check import DISK_FAILED
from ingestion.readers.time_limit import seconds_for
from ingestion.sql import name, parquet, quote


def parquet_relation(
    table: TableContract, connection: duckdb.DuckDBPyConnection, file: Path
) -> tuple[TextRelation, int, list[str]]:
    """The file's rows as text (row 1 is the first), how many there are, and its column names.

    Errors: `ExtractError`.
    """
    _check(table, file)
    path = str(file)
    try:
        described = connection.execute(f"describe select * from {parquet(path)}").fetchall()
        rows = connection.execute(f"select count(*) from {parquet(path)}").fetchall()[0][0]
    except duckdb.Error as error:
        raise ExtractError(
            "is not a readable Parquet file (truncated or damaged?); deliver it again"
        ) from error
    types = {column: str(kind) for column, kind, *_ in described}
    check_header(list(types), table)
    texts = []
    for i, column in enumerate(table.columns):
        text = (
            _text(column.header, types[column.header])
            if column.header in types
            else "null::varchar"
        )
        texts.append(f"{nullable(text, table.null_values)} as text_{i}")
    known = {column.header for column in table.columns}
    unknown = [
        f"{quote(field)}, {_text(field, kind)}"
        for field, kind in types.items()
        if field not in known
    ]
    extra = (
        f"nullif(json_merge_patch('{{}}', json_object({', '.join(unknown)}))::varchar, '{{}}')"
        if unknown
        else "null::varchar"
    )
    everything = ", ".join(f"{quote(field)}, {_text(field, kind)}" for field, kind in types.items())
    rows_of_file = parquet(path, options=["file_row_number = true"])
    select = (
        f"select file_row_number + 1 as line_number, json_object({everything})::varchar as line,"
        " null::varchar as line_fault,\n"
        f"    {extra} as _extra, {', '.join(texts)}\nfrom {rows_of_file}"
    )
    return TextRelation(select), rows, list(types)


def _check(table: TableContract, file: Path) -> None:
    """Read the file once in a process of its own, with the checksums of its pages (where the
    writer put some), which DuckDB does not look at.

    Errors: `ExtractError`; `OSError` when the disk is at fault.
    """
    nested = [column.header for column in table.columns if column.type.kind == "json"]
    command = [sys.executable, "-m", "ingestion.readers.parquet_check", *nested]
    limit = seconds_for(file.stat().st_size)
    with file.open("rb") as opened:
        try:
            done = subprocess.run(
                command, stdin=opened, capture_output=True, text=True, check=False, timeout=limit
            )
        except subprocess.TimeoutExpired:
            raise ExtractError(
                f"took longer than {limit} seconds to read; deliver it in smaller files"
            ) from None
    if done.returncode == DISK_FAILED:
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    if done.returncode:
        raise ExtractError(
            "is no Parquet file that can be read: its reader ended"
            f" with {_ending(done.returncode)}; deliver it again"
        )
    if done.stdout:
        raise ExtractError(done.stdout)


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"code {code}"


def _text(column: str, kind: str) -> str:
    """A value as the text that the checks expect."""
    field = name(column)
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP")):
        return f"to_json({field})::varchar"
    return f"{field}::varchar"
