"""JSON lines: one object a line. The stream is cut into lines here, DuckDB takes them apart."""

import json
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from ingestion.contracts.contract import Column, TableContract
from ingestion.load.casts import TextRelation, nullable
from ingestion.load.json_values import LOST_DIGITS, doubles, has_key_twice, lost, no_json, numbers
from ingestion.readers.byte_stream import ByteStream
from ingestion.readers.depth import faults_of, too_deep
from ingestion.readers.field_tree import transform_of
from ingestion.readers.json_shapes import Shapes, as_list, json_path
from ingestion.readers.lines import line_feeds, text_blocks
from ingestion.readers.odd_lines import odd_lines
from ingestion.sql import quote

SCHEMA = pa.schema(
    [
        ("line_number", pa.int64()),
        ("line", pa.string()),
        ("line_fault", pa.string()),
        ("is_odd", pa.bool_()),
    ]
)


class OddLineError(Exception):
    """A line has to be asked, and the statement that reads it asks none."""


class JsonLinesReader:
    """Reads one file; `rows` counts its lines once `batches` is exhausted.

    `asks_odd`: whether the statement that reads it asks odd lines. Errors while it does not:
    `OddLineError`.
    """

    schema = SCHEMA

    def __init__(
        self, table: TableContract, stream: ByteStream, attested: bool, asks_odd: bool
    ) -> None:
        self._table = table
        self._stream = stream
        self._attested = attested
        self._asks_odd = asks_odd
        self.rows = 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Batches of (line_number, line, line_fault, is_odd), the line with its LF."""
        for block in text_blocks(self._stream, self._attested):
            yield self._batch(block)

    def _batch(self, block: bytes) -> pa.RecordBatch:
        bounds = np.concatenate([[0], line_feeds(block) + 1])
        count = len(bounds) - 1
        lines = pa.StringArray.from_buffers(
            count, pa.py_buffer(bounds.astype(np.int32)), pa.py_buffer(block)
        )
        numbers = pa.array(np.arange(self.rows + 1, self.rows + count + 1))
        self.rows += count
        faults = faults_of(too_deep(block, bounds), count)
        odd = odd_lines(block, bounds)
        if odd is not None and not self._asks_odd:
            raise OddLineError
        are_odd = pa.array(np.zeros(count, bool) if odd is None else odd)
        return pa.RecordBatch.from_arrays([numbers, lines, faults, are_odd], schema=SCHEMA)


def json_relation(
    table: TableContract, shapes: Shapes, relation: str, guarded: bool, asks_odd: bool
) -> TextRelation:
    """The lines of `relation` taken apart.

    `guarded` asks every line whether it is JSON; without it a line that is not makes DuckDB raise,
    which is cheaper for clean files. `asks_odd`: odd lines are asked what makes them so; without
    it there must be none.
    """
    spec = quote(json.dumps(transform_of(shapes.tree, table)))
    guard = "case when json_valid(document) then {} end" if guarded else "{}"
    keys = guard.format(f"json_keys(document, {as_list(shapes.paths)})")
    # What is nested too deep is read as a text, and by no parser of JSON.
    is_odd = "line_fault is null and is_odd" if asks_odd else "false"
    safe = (
        f"select line_number, line, line_fault as reader_fault, {is_odd} as is_odd,"
        f" case when line_fault is null then line end as document from {relation}"
    )
    no_json_fault, lost_numbers = "reader_fault", "null::double[]"
    if asks_odd:
        no_json_fault = f"case when is_odd then {no_json('document')} else reader_fault end"
        lost_numbers = f"case when is_odd then {lost('document')} end"
    taken = (
        "select line_number, line, is_odd, document,\n"
        f"    {no_json_fault} as reader_fault,\n    {lost_numbers} as lost,\n"
        f"    {guard.format(f'json_transform(document, {spec})')} as object,\n"
        f"    {shapes.is_known(keys)} as is_clean from ({safe})"
    )
    # Known lists of keys are not carried along: a list of lists is dear to keep.
    shaped = f"select *, case when not is_clean then {keys} end as shape from ({taken})"
    texts = [
        f"{nullable(_text(column, asks_odd), table.null_values)} as text_{i}"
        for i, column in enumerate(table.columns)
    ]
    extra = f"nullif(json_merge_patch(document, {_patch(shapes)})::varchar, '{{}}')"
    select = (
        f"select line_number, line, {_line_fault(table, shapes, guarded)} as line_fault,\n"
        f"    case when not is_clean and shape is not null then {extra} end as _extra,\n"
        f"    is_odd, lost, {', '.join(texts)}\nfrom ({shaped})"
    )
    faults: dict[int, list[tuple[str, str]]] = {}
    suspect = ["is_odd"]
    for i, column in enumerate(table.columns):
        kind = f"json_type(line, {quote(json_path(column.path))})"
        faults[i] = []
        if column.type.kind in ("text", "decimal"):
            is_lost = f"list_contains(lost, try_cast(text_{i} as double)) and {kind} = 'DOUBLE'"
            faults[i].append((LOST_DIGITS, f"case when len(lost) > 0 then {is_lost} end"))
        if column.type.kind == "json":
            is_lost = f"list_has_any(lost, {doubles(numbers(f'text_{i}'))})"
            faults[i].append((LOST_DIGITS, f"case when len(lost) > 0 then {is_lost} end"))
        if column.type.kind == "text":
            begins = f"text_{i} ^@ '{{' or text_{i} ^@ '['"
            nested = f"case when {begins} then {kind} <> 'VARCHAR' end"
            faults[i].append(("an object or a list where a text belongs", nested))
            suspect.append(begins)
    return TextRelation(select, faults, ("is_odd", "lost"), " or ".join(suspect))


def _text(column: Column, asks_odd: bool) -> str:
    """The text of a value. A number in a column of texts that is whole loses its point: what a
    table of floats makes of the id 77 is 77.0."""
    text = _member(column.path)
    if column.type.kind != "text" or not asks_odd:
        return text
    # By its digits: above 2^53 the double has others. Above 38 digits it stays as it is.
    whole = (
        f"case when json_type(document, {quote(json_path(column.path))}) = 'DOUBLE'"
        f" then coalesce(try_cast({text} as hugeint)::varchar, {text}) else {text} end"
    )
    may_be = f"suffix({text}, '.0') or contains({text}, 'e+')"
    return f"case when is_odd then case when {may_be} then {whole} else {text} end else {text} end"


def _line_fault(table: TableContract, shapes: Shapes, guarded: bool) -> str:
    """Reasons that concern the whole line, cheapest first;
    a clean shape needs only its inner objects looked at."""
    cases = []
    no_shape = "not is_clean and shape is null"
    if guarded:
        cases += [
            (
                f"{no_shape} and trim(line, ' ' || chr(9) || chr(10) || chr(13)) = ''",
                "blank line",
            ),
            (no_shape, "not valid JSON"),
        ]
    twice = " or ".join(
        f"len(list_distinct(shape[{i}])) < len(shape[{i}])" for i in range(1, len(shapes.paths) + 1)
    )
    cases += [
        (_both("not is_clean", "json_type(document) <> 'OBJECT'"), "not a JSON object"),
        (
            _both("not is_clean", f"{twice} or {has_key_twice('document', True)}"),
            "a key stands there twice",
        ),
    ]
    for parent in shapes.parents:
        members = [_member((*parent, child)) for child in shapes.children(parent)]
        suspect = " and ".join(
            [f"{_member(parent)} is not null", *(f"{member} is null" for member in members)]
        )
        other = f"json_type(document, {quote(json_path(parent))}) <> 'OBJECT'"
        cases.append((_both(suspect, other), f"{'.'.join(parent)}: not an object"))
    return (
        "coalesce(reader_fault, case "
        + " ".join(f"when {condition} then {quote(reason)}" for condition, reason in cases)
        + " end)"
    )


def _both(cheap: str, dear: str) -> str:
    """Both conditions, the dear one only where the cheap one holds
    (AND would run both for every row)."""
    return f"(case when {cheap} then {dear} else false end)"


def _patch(shapes: Shapes) -> str:
    """SQL of the merge patch that takes every known key out of a line,
    leaving what the contract does not know."""

    def has_unknown(parent: tuple[str, ...]) -> str:
        position = shapes.parents.index(parent) + 2
        known = as_list(shapes.children(parent))
        own = f"not coalesce(list_has_all({known}, shape[{position}]), true)"
        inner = [has_unknown(child) for child in shapes.parents if child[:-1] == parent]
        return "(" + " or ".join([own, *inner]) + ")"

    def members(parent: tuple[str, ...]) -> str:
        parts = []
        for child in shapes.children(parent):
            path = (*parent, child)
            body = (
                f"case when {has_unknown(path)} then {members(path)} else 'null' end"
                if path in shapes.parents
                else "'null'"
            )
            parts.append(f"{quote(json.dumps(child) + ':')} || {body}")
        return "'{' || " + " || ',' || ".join(parts) + " || '}'"

    return f"({members(())})"


def _member(path: tuple[str, ...]) -> str:
    return "object" + "".join(f"[{quote(key)}]" for key in path)
