"""Sound extracts in three formats, made with a seed, and what a damaged one carries with it:
the material of the mutation corpus."""

import csv
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

ROWS = 120
TABLES = {"jsonl": "orders", "csv": "order_rows", "parquet": "order_pages"}
COLUMNS = ("id", "email", "country", "amount", "pieces", "is_test", "lines", "created_at")
HEADER = dict(
    zip(
        COLUMNS,
        ("id", "email", "customer.country", "amount", "pieces", "is_test", "lines", "created_at"),
        strict=True,
    )
)
PACK: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": lambda data: gzip.compress(data, 6, mtime=0),
    ".zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Damaged:
    """A damaged content and what counts as caught: a reason that matches,
    at one of the lines (None: a line has no meaning here).

    `knowable`: a reader can know without a manifest. `legal`: no damage after all, every row must
    load exactly as it is.
    """

    content: bytes
    reason: str = "."
    lines: frozenset[int] | None = None
    knowable: bool = True
    legal: bool = False


@dataclass(frozen=True)
class Sound:
    """A sound file: its rows, and its text where the format has one."""

    format: str
    rows: list[Row]

    @property
    def first_line(self) -> int:
        """The line of the first row."""
        return 2 if self.format == "csv" else 1

    def text(self, rows: list[Row] | None = None, header: list[str] | None = None) -> bytes:
        rows = self.rows if rows is None else rows
        if self.format == "parquet":
            return parquet(rows)
        if self.format == "jsonl":
            return "".join(json_line(row) + "\n" for row in rows).encode()
        out = io.StringIO(newline="")
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header or list(HEADER.values()))
        writer.writerows([_csv_value(value) for value in row.values()] for row in rows)
        return out.getvalue().encode()


def sound(table_format: str, number: int, rng: Random) -> Sound:
    """A file of its own: no two files have a key or a content in common."""
    rows: list[Row] = []
    for i in range(ROWS + rng.randrange(-10, 10)):
        key = number * 1000 + i
        lines = json.dumps(
            [{"sku": f"A{rng.randrange(90)}", "n": rng.randrange(1, 5)}], separators=(",", ":")
        )
        rows.append(
            {
                "id": key,
                "email": f"p{rng.randrange(10**6)}@example.com",
                "country": rng.choice(["DE", "FR", "AT"]),
                "amount": str(Decimal(rng.randrange(100, 99_999)) / 100 + Decimal("0.00")),
                "pieces": rng.randrange(100, 999),
                "is_test": rng.random() < 0.1,
                "lines": lines,
                "created_at": (
                    f"2024-05-{rng.randrange(1, 29):02d}T{rng.randrange(24):02d}:"
                    f"{rng.randrange(60):02d}:00Z"
                ),
            }
        )
    return Sound(table_format, rows)


def json_line(row: Row) -> str:
    """A row as the source nests it; `_` holds a line that is written as it is."""
    if "_" in row:
        return str(row["_"])
    tree: Row = {}
    for name, value in row.items():
        if name == "country":
            tree["customer"] = {"country": value}
        elif name == "lines" and isinstance(value, str):
            tree["lines"] = json.loads(value)
        else:
            tree[name] = value
    return json.dumps(tree, separators=(",", ":"), ensure_ascii=False)


def _csv_value(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, bool | dict | list) else value


def parquet(rows: list[Row], names: list[str] | None = None) -> bytes:
    names = names or list(dict.fromkeys(name for row in rows for name in row))
    columns = {
        HEADER.get(name, name): pa.array([_parquet_value(row.get(name)) for row in rows])
        for name in names
    }
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, compression="zstd", write_page_checksum=True)
    return out.getvalue()


def _parquet_value(value: Any) -> str | None:
    return None if value is None else json.dumps(value) if isinstance(value, bool) else str(value)
