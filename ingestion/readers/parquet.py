"""Parquet: DuckDB reads it, but every value goes through the same text,
so that the same checks hold it."""

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.contracts.contract import TableContract
from ingestion.errors import ExtractError
from ingestion.load.casts import TextRelation, nullable
from ingestion.readers.csv import check_header
from ingestion.sql import name, parquet, quote


def parquet_relation(
    table: TableContract, connection: duckdb.DuckDBPyConnection, path: str
) -> tuple[TextRelation, int, list[str]]:
    """The file's rows as text (row 1 is the first), how many there are, and its column names.

    Errors: `ExtractError`.
    """
    _check_pages(path)
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


def _check_pages(path: str) -> None:
    """Read every page once with its checksum (where the writer put one),
    which DuckDB does not look at.

    Errors: `ExtractError` that names the row from which on the file cannot be read.
    """
    rows = 0
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for batch in file.iter_batches():
                rows += batch.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's fault, not the file's
        raise ExtractError(
            f"is not a readable Parquet file (truncated or damaged, from row {rows + 1} on);"
            " deliver it again"
        ) from None


def _text(column: str, kind: str) -> str:
    """A value as the text that the checks expect."""
    field = name(column)
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP")):
        return f"to_json({field})::varchar"
    return f"{field}::varchar"
