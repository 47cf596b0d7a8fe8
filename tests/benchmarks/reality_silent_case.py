"""One case of `reality_silent.py`: a file with a good row and an odd one, and what the odd value
says."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

TABLE = """
  {kind}:
    description: One row per row.
    files: shop/{kind}-*.{kind}
    format: {kind}
    load_mode: append
    key: [id]
    quarantine_limit: 1.0
    columns:
      - {{name: id, type: integer, required: true, description: Id.}}
      - {{name: word, type: text, description: Text.}}
      - {{name: amount, type: "decimal(18,3)", description: Amount.}}
      - {{name: pieces, type: integer, description: Pieces.}}
      - {{name: is_new, type: boolean, description: Whether it is new.}}
      - {{name: nested, type: json, description: Nested.}}
      - {{name: made_at, type: timestamp, description: Time.}}
      - {{name: day, type: date, description: Day.}}
"""
# Column → a value that is in order, as text.
GOOD = {
    "word": "tea",
    "amount": "1.50",
    "pieces": "3",
    "is_new": "true",
    "nested": "[1]",
    "made_at": "2024-05-01T12:00:00Z",
    "day": "2024-05-01",
}
GOOD_ID, ODD_ID = 1, 2
# Written without quotes in JSON, as numbers are.
BARE = {"amount", "pieces", "is_new", "nested"}
Write = Callable[[Path, int], None]


@dataclass(frozen=True)
class Case:
    """`says`: the values of `column` that the file's own words allow, after typing; none: the
    row or the file has to be set aside. `write` makes the file, its ids from ten times a number."""

    name: str
    kind: str
    column: str
    says: tuple[Any, ...]
    write: Write

    def is_same(self, value: Any, said: Any) -> bool:
        """Whether a value of raw is one that was said; JSON is compared digit by digit."""
        if self.column == "nested" and isinstance(value, str) and isinstance(said, str):
            try:
                return bool(_parsed(value) == _parsed(said))
            except ValueError:
                return value == said
        return type(value) is type(said) and bool(value == said)


def _parsed(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_constant=lambda word: ("constant", word))


def in_csv(column: str, text: str) -> Write:
    """A value as a quoted field of CSV."""

    def write(path: Path, number: int) -> None:
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(["id", *GOOD])
        for row in _rows(number, {column: text}):
            writer.writerow(row.values())
        path.write_bytes(written.getvalue().encode("utf-8", "surrogatepass"))

    return write


def in_json(column: str, token: str) -> Write:
    """A value as a token of JSON, written as it is."""

    def write(path: Path, number: int) -> None:
        lines = []
        for row, odd in zip(_rows(number, {}), (False, True), strict=True):
            tokens = {
                name: value if name in BARE or name == "id" else json.dumps(value)
                for name, value in row.items()
            }
            tokens |= {column: token} if odd else {}
            lines.append(", ".join(f'"{name}": {value}' for name, value in tokens.items()))
        path.write_text("".join(f"{{{line}}}\n" for line in lines), encoding="utf-8")

    return write


def in_parquet(column: str, values: pa.Array, **how: Any) -> Write:
    """A column of two values, the second one odd; all others are texts."""

    def write(path: Path, number: int) -> None:
        rows = list(_rows(number, {}))
        arrays: dict[str, Any] = {"id": pa.array([int(row["id"]) for row in rows])}
        for name in GOOD:
            arrays[name] = pa.array([row[name] for row in rows], pa.string())
        pq.write_table(pa.table(arrays | {column: values}), path, **how)

    return write


def as_text(path_or_bytes: Callable[[int], bytes]) -> Write:
    """A whole file, made from the number that its ids begin with."""
    return lambda path, number: _put(path, path_or_bytes(number))


def _put(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _rows(number: int, odd: Mapping[str, str]) -> list[dict[str, str]]:
    good = {"id": str(10 * number + GOOD_ID), **GOOD}
    return [good, {**good, "id": str(10 * number + ODD_ID), **odd}]
