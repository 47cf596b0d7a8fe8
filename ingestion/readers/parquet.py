"""Parquet: DuckDB reads it, but every value goes through the same text,
so that the same checks hold it."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from ingestion.contracts.contract import TableContract
from ingestion.errors import ExtractError
from ingestion.load.casts import TextRelation, nullable
from ingestion.readers.header import check_header
from ingestion.readers.parquet_check import DISK_FAILED
from ingestion.readers.time_limit import seconds_for
from ingestion.sql import name, parquet, quote


@dataclass(frozen=True)
class _Field:
    """A column of a file: its name as DuckDB calls it, its type, and how it is kept."""

    name: str
    type: str
    physical: str

    @property
    def is_nested(self) -> bool:
        return self.type.endswith("]") or self.type.startswith(("STRUCT", "MAP"))

    @property
    def is_unmarked(self) -> bool:
        """A text, very likely, whose writer left out the mark that says so; also of bytes of a
        fixed length."""
        return self.type == "BLOB"

    @property
    def is_float(self) -> bool:
        return self.type in ("DOUBLE", "FLOAT")

    def text(self) -> str:
        """A value as the text that the checks expect; bytes that are no UTF-8 as null."""
        field = name(self.name)
        if self.is_nested:
            return f"to_json({field})::varchar"
        if self.is_unmarked:
            return f"try(decode({field}))"
        if self.physical == "INT96":  # by convention of all who write it
            return f"{field}::varchar || 'Z'"
        return f"{field}::varchar"

    def whole_text(self) -> str:
        """The same for a column of texts: of a number that is whole without its point."""
        if not self.is_float:
            return self.text()
        whole = f"try_cast({name(self.name)} as hugeint)"
        return f"case when {whole} = {name(self.name)} then {whole}::varchar else {self.text()} end"


def parquet_relation(
    table: TableContract, connection: duckdb.DuckDBPyConnection, file: Path
) -> tuple[TextRelation, int, list[str], list[str]]:
    """The file's rows as text (row 1 is the first), how many there are, its column names, and the
    columns of texts that hold numbers with a point.

    Errors: `ExtractError`.
    """
    _check(table, file)
    try:
        found = _fields(table, connection, file)
        rows = connection.execute(f"select count(*) from {parquet(file)}").fetchall()[0][0]
    except duckdb.Error as error:
        raise ExtractError(
            "is not a readable Parquet file (truncated or damaged?); deliver it again"
        ) from error
    _check_times(table, found)
    texts, no_utf8 = [], []
    faults: dict[int, list[tuple[str, str]]] = {}
    for i, column in enumerate(table.columns):
        field = found.get(column.header)
        text = "null::varchar"
        if field:
            is_text = column.type.kind == "text"
            text = field.whole_text() if is_text else field.text()
            faults[i] = [("a NUL character in a text", f"contains(text_{i}, chr(0))")]
            if is_text and field.is_nested:
                nested = ("an object or a list where a text belongs", f"text_{i} is not null")
                faults[i].append(nested)
            if is_text and field.is_float:
                faults[i].append(("not a number", f"text_{i} in ('nan', 'inf', '-inf')"))
            if field.is_unmarked:
                is_unread = f"{name(field.name)} is not null and {text} is null"
                reason = f"{column.name}: bytes that are no UTF-8"
                no_utf8.append(f"when {is_unread} then {quote(reason)}")
        texts.append(f"{nullable(text, table.null_values)} as text_{i}")
    known = {column.header for column in table.columns}
    unknown = _object([field for key, field in found.items() if key not in known])
    extra = f"nullif(json_merge_patch('{{}}', {unknown})::varchar, '{{}}')"
    fault = f"case {' '.join(no_utf8)} end" if no_utf8 else "null::varchar"
    rows_of_file = parquet(file, options=["file_row_number = true"])
    select = (
        f"select file_row_number + 1 as line_number,"
        f" {_object(list(found.values()))}::varchar as line, {fault} as line_fault,\n"
        f"    {extra} as _extra, {', '.join(texts)}\nfrom {rows_of_file}"
    )
    numbers = [
        column.name
        for column in table.columns
        if column.type.kind == "text" and column.header in found and found[column.header].is_float
    ]
    return TextRelation(select, faults), rows, list(found), numbers


def _fields(
    table: TableContract, connection: duckdb.DuckDBPyConnection, file: Path
) -> dict[str, _Field]:
    """The columns of a file by the names that stand in it.

    Errors: `ExtractError` where they do not fit the contract, or a name stands there twice, for
    which DuckDB makes up another.
    """
    schema = pq.read_schema(file)
    check_header(schema.names, table)
    leaves = pq.read_metadata(file).schema
    physical = {leaves.column(i).path: leaves.column(i).physical_type for i in range(len(leaves))}
    described = connection.execute(f"describe select * from {parquet(file)}").fetchall()
    return {
        header: _Field(column, str(kind), physical.get(header, ""))
        for header, (column, kind, *_) in zip(schema.names, described, strict=True)
    }


def _check_times(table: TableContract, found: Mapping[str, _Field]) -> None:
    """Errors: `ExtractError` for times of which nobody says on which clock they were read."""
    for column in table.columns:
        field = found.get(column.header)
        is_naive = (
            column.type.kind == "timestamp"
            and field is not None
            and field.type.startswith("TIMESTAMP")
            and "TIME ZONE" not in field.type
            and field.physical != "INT96"
        )
        if is_naive and not table.time_zone:
            raise ExtractError(
                f"column {column.header} has times without a zone: say `time_zone:`"
                f" (like Europe/Berlin) in {table.declared_in}, or for the account in"
                " clientele.yml, or deliver it with times in UTC (isAdjustedToUTC)"
            )


def _object(fields: Sequence[_Field]) -> str:
    """Columns as one JSON object."""
    members = [
        f"{quote(field.name)}, coalesce({field.text()}, {name(field.name)}::varchar)"
        for field in fields
    ]
    return f"json_object({', '.join(members)})" if members else "'{}'::json"


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
