"""CSV: records found with a quote-aware scan, taken apart by Arrow, every value kept as text,
columns matched by name."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from ingestion.contracts.contract import TableContract
from ingestion.errors import ExtractError
from ingestion.load.casts import TextRelation, nullable
from ingestion.readers.byte_stream import ByteStream
from ingestion.readers.csv_records import Broken, Records, scan
from ingestion.readers.depth import TOO_DEEP, texts_too_deep
from ingestion.readers.header import check_header, names_in
from ingestion.readers.lines import text_blocks
from ingestion.sql import quote

FIRST_LINES = 20  # in which a header may stand that has titles above it
MAX_MISFITS = 100_000


class CsvReader:
    """Reads one file; `rows` counts its records (without the header) once `batches` is exhausted.

    `header_line` is the first line as it stands there, `header` the names of the columns in it;
    a trailing delimiter makes no column. Errors when made: `ExtractError` for a header that does
    not fit the contract.
    """

    def __init__(self, table: TableContract, stream: ByteStream, attested: bool) -> None:
        self._table = table
        self._items = scan(text_blocks(stream, attested), table.delimiter)
        self.rows = self._misfits = 0
        first = next(self._items, None)
        if first is None:
            raise ExtractError("is empty, without even a header; deliver it again")
        if isinstance(first, Broken):
            raise ExtractError(f"line 1: the header has {first.reason}; deliver it again")
        self._first = first.without_first()
        self.header_line = first.text(0).rstrip("\r\n")
        self.header, self.has_trailing = _header(first.text(0), table)
        shown = [first.text(i) for i in range(min(len(first), FIRST_LINES))]
        check_header(self.header, table, shown)
        nested = {column.header for column in table.columns if column.type.kind == "json"}
        self._json_fields = [i for i, field in enumerate(self.header) if field in nested]
        self._fields = [f"field_{i}" for i in range(len(self.header) + self.has_trailing)]
        texts = [(field, pa.string()) for field in self._fields]
        self.schema = pa.schema(
            [
                ("line_number", pa.int64()),
                ("line", pa.string()),
                ("line_fault", pa.string()),
                *texts,
            ]
        )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Batches of (line_number, line with its line end, line_fault, field_0, …)."""
        yield from self._parse(self._first)
        for item in self._items:
            if isinstance(item, Broken):
                self.rows += 1
                yield self._faulty([item.line_number], [item.text], [item.reason])
            else:
                yield from self._parse(item)

    def _parse(self, records: Records) -> Iterator[pa.RecordBatch]:
        count = len(records)
        if not count:
            return
        self.rows += count
        misfits: list[tuple[int, str]] = []

        def keep_misfit(row: arrow_csv.InvalidRow) -> str:
            misfits.append(
                (
                    row.number - 1,
                    f"has {row.actual_columns} fields where the header has {row.expected_columns}",
                )
            )
            return "skip"

        data = pa.py_buffer(records.data)
        begin, end = int(records.bounds[0]), int(records.bounds[-1])
        fields = arrow_csv.read_csv(
            pa.BufferReader(data.slice(begin, end - begin)),
            read_options=arrow_csv.ReadOptions(
                column_names=self._fields, use_threads=False, block_size=end - begin + 1
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self._table.delimiter,
                ignore_empty_lines=False,
                newlines_in_values=True,
                invalid_row_handler=keep_misfit,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=self.schema,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                check_utf8=False,
            ),
        )
        lines = pa.StringArray.from_buffers(
            count, pa.py_buffer(records.bounds.astype(np.int32)), data
        )
        numbers = pa.array(records.line_numbers)
        faults = _blank_lines(records)
        self._misfits += len(misfits)
        if self._misfits > MAX_MISFITS and 2 * self._misfits > self.rows:
            raise ExtractError(
                f"most lines up to line {records.line_numbers[-1]} have another number of fields"
                f" than the header ({len(self._fields)}): is it CSV, with this delimiter?"
            )
        if misfits:
            whole = np.ones(count, bool)
            whole[[index for index, _ in misfits]] = False
            yield self._faulty(
                [int(records.line_numbers[i]) for i, _ in misfits],
                [records.text(i) for i, _ in misfits],
                [reason for _, reason in misfits],
            )
            mask = pa.array(whole)
            numbers, lines, faults = numbers.filter(mask), lines.filter(mask), faults.filter(mask)
        if fields.num_rows != len(numbers):
            raise ExtractError(
                f"lines {records.line_numbers[0]} to {records.line_numbers[-1]}: "
                f"{len(numbers)} records found but {fields.num_rows} "
                "could be taken apart; deliver the file again with every value quoted"
            )
        if len(numbers):
            texts = [_single(column) for column in fields.columns]
            for i in self._json_fields:
                deep = texts_too_deep(texts[i])
                if deep is not None:
                    faults = pc.if_else(deep, TOO_DEEP, faults)
            columns = [_single(column) for column in (numbers, lines, faults)]
            yield pa.RecordBatch.from_arrays([*columns, *texts], schema=self.schema)

    def _faulty(self, numbers: list[int], lines: list[str], reasons: list[str]) -> pa.RecordBatch:
        arrays = [
            pa.array(numbers, pa.int64()),
            pa.array(lines, pa.string()),
            pa.array(reasons, pa.string()),
        ]
        arrays += [pa.nulls(len(numbers), pa.string()) for _ in self._fields]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def csv_relation(
    table: TableContract, header: list[str], has_trailing: bool, relation: str
) -> TextRelation:
    """The fields of `relation` under the contract's columns, the rest in `_extra`.

    An empty value is null; a quoted empty one is an empty text, or null where
    the column is no text.
    """
    texts = []
    for i, column in enumerate(table.columns):
        text = (
            f"field_{header.index(column.header)}" if column.header in header else "null::varchar"
        )
        if column.type.kind == "json":  # what is nested too deep comes to no parser
            text = f"case when line_fault is null then {text} end"
        nulls = table.null_values if column.type.kind == "text" else (*table.null_values, "")
        texts.append(f"{nullable(text, nulls)} as text_{i}")
    known = {column.header for column in table.columns}
    unknown = [
        f"{quote(field)}, {nullable(f'field_{i}', table.null_values)}"
        for i, field in enumerate(header)
        if field not in known
    ]
    # A merge patch into nothing drops the nulls.
    extra = (
        f"nullif(json_merge_patch('{{}}', json_object({', '.join(unknown)}))::varchar, '{{}}')"
        if unknown
        else "null::varchar"
    )
    fault = "line_fault"
    if has_trailing:
        fault = (
            f"coalesce(line_fault, case when field_{len(header)} is not null"
            " then 'a value after the last column' end)"
        )
    return TextRelation(
        f"select line_number, line, {fault} as line_fault, {extra} as _extra, {', '.join(texts)}"
        f" from {relation}"
    )


def _header(line: str, table: TableContract) -> tuple[list[str], bool]:
    """Names in the first record, and whether a trailing delimiter follows them."""
    names = names_in(line, table.delimiter)
    has_trailing = table.trailing_delimiter and len(names) > 1 and not names[-1]
    return (names[:-1] if has_trailing else names), has_trailing


def _blank_lines(records: Records) -> pa.Array:
    """`blank line` where a record is nothing but its line end, null elsewhere."""
    lengths = np.diff(records.bounds)
    if lengths.min() > 2:
        return pa.nulls(len(records), pa.string())
    codes = np.frombuffer(records.data, np.uint8)
    blank = (lengths == 1) | ((lengths == 2) & (codes[records.bounds[:-1]] == ord("\r")))
    return pa.array(["", "blank line"], pa.string()).take(
        pa.array(np.where(blank, 1, 0), mask=~blank)
    )


def _single(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
