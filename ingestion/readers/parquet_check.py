"""Reads a Parquet file once, whole, in a process of its own: what its decoder cannot cope with ends
this process and not the night, and what asks for more memory than a file of its size may gets none.

Run by `parquet.py` with the file as standard input and the names of the columns that hold JSON as
arguments. It says on standard output why the file is refused, or nothing; exit code `DISK_FAILED`
when the disk and not the file is at fault.
"""

import errno
import os
import resource
import sys
from collections.abc import Sequence

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.readers.byte_stream import BOMB_BYTES, BOMB_RATIO
from ingestion.readers.depth import MAX_DEPTH, TOO_DEEP, texts_too_deep
from ingestion.readers.header import MAX_COLUMNS
from ingestion.sql import parquet

FILE = "/dev/fd/0"
DISK_FAILED = 3
MEMORY_BYTES = 4 << 30
ROW_BYTES = 8  # a row without any value is one all the same
BATCH_ROWS = 2048  # DuckDB's, too: so many are in memory at once
BATCH_BYTES = 256 << 20


def refusal(size: int, json_columns: Sequence[str]) -> str | None:
    """Why a file of `size` bytes cannot be used; None when it can."""
    rows = inflated = 0
    allowed = max(BOMB_BYTES, BOMB_RATIO * size)
    bomb = (
        f"inflates to more than {BOMB_RATIO} times its size: taken for a bomb;"
        f" deliver it in files of at most {BOMB_BYTES >> 20} MB each if it is genuine"
    )
    try:
        with pq.ParquetFile(FILE, page_checksum_verification=True) as file:
            if file.metadata.num_columns > MAX_COLUMNS:
                return (
                    f"has {file.metadata.num_columns} columns, more than {MAX_COLUMNS};"
                    " deliver it again with the columns of the contract"
                )
            if any(_depth(field.type) > MAX_DEPTH for field in file.schema_arrow):
                return f"has a column that is {TOO_DEEP}; deliver it again"
            groups = (file.metadata.row_group(i) for i in range(file.metadata.num_row_groups))
            if sum(group.total_byte_size for group in groups) > allowed:
                return bomb
            if file.metadata.num_rows * ROW_BYTES > allowed:
                return bomb
            for batch in file.iter_batches(BATCH_ROWS, use_threads=False):
                for column in json_columns:
                    # A name that stands there twice is refused by the check of the header.
                    if batch.schema.names.count(column) != 1:
                        continue
                    texts = batch[column]
                    if pa.types.is_dictionary(texts.type):
                        texts = texts.dictionary_decode()
                    if _is_text(texts.type):
                        deep = texts_too_deep(texts)
                        if deep is not None:
                            row = rows + int(deep.argmax()) + 1
                            return f"row {row}: {column} is {TOO_DEEP}; deliver it again"
                rows += batch.num_rows
                inflated += batch.nbytes + ROW_BYTES * batch.num_rows
                if inflated > allowed or batch.nbytes > BATCH_BYTES:
                    return bomb
        duckdb.execute("set threads = 1")
        duckdb.execute(f"select bit_xor(hash(rows)) from {parquet(FILE)} as rows").fetchall()
    except (pa.ArrowException, MemoryError, OSError, RecursionError, ValueError, duckdb.Error) as e:
        if isinstance(e, OSError) and e.errno not in (None, errno.ENOMEM):
            sys.exit(DISK_FAILED)
        return (
            f"is not a readable Parquet file (truncated or damaged, from row {rows + 1} on);"
            " deliver it again"
        )
    return None


def _depth(kind: pa.DataType) -> int:
    """How deep a type is nested."""
    deepest, level, inner = 0, 1, [kind]
    while inner:
        deepest, level = level, level + 1
        inner = [each.field(i).type for each in inner for i in range(each.num_fields)]
    return deepest


def _is_text(kind: pa.DataType) -> bool:
    """Bytes without the mark of a text as well: they are read as one."""
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    is_bytes = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    return bool(is_text or is_bytes or pa.types.is_fixed_size_binary(kind))


def main() -> None:
    size = os.fstat(0).st_size
    memory = MEMORY_BYTES + 4 * size
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(refusal(size, sys.argv[1:]) or "", end="")


if __name__ == "__main__":
    main()
