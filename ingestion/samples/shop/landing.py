"""The landing zone of one sample: a history delivery, then one delivery a night.

Lines come from DuckDB as one Arrow text column; its buffer already *is* the file's content, so no
row is ever touched in Python. History files are written part by part; a night's lines are gathered
in a spool until all chunks are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import chain
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.samples.shop.days import date_of
from ingestion.samples.shop.files import Described, write_file
from ingestion.samples.shop.parameters import DAYS

BATCH_ROWS = 100_000
SPOOL_BYTES = 8 << 20


@dataclass
class _Count:
    """What a file's manifest will say: rows, and the sum of one column."""

    total_column: str | None
    rows: int = 0
    total: Decimal = Decimal(0)

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the rows of (day, line[, amount])."""
        self.rows += len(batch)
        if self.total_column:
            self.total += Decimal(pc.sum(batch.column(2)).as_py())

    def describe(self) -> Described:
        """For the manifest."""
        return self.rows, {self.total_column: str(self.total)} if self.total_column else {}


def _content(lines: pa.Array) -> memoryview:
    """The bytes of a text column, one value after the other, without a copy."""
    width = np.int64 if pa.types.is_large_string(lines.type) else np.int32
    _, offsets, data = lines.buffers()
    ends = np.frombuffer(offsets, dtype=width)[lines.offset : lines.offset + len(lines) + 1]
    return memoryview(data)[int(ends[0]) : int(ends[-1])]


@dataclass
class Landing:
    """Which delivery gets what, and what has been written:
    `files` (without manifests) and `rows` per table."""

    root: Path
    spool: Path
    nights: int
    until: date
    files: list[Path] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    _nightly: dict[tuple[str, str, int], _Count] = field(default_factory=dict)
    _headers: dict[str, bytes] = field(default_factory=dict)

    @property
    def history_day(self) -> int:
        """The day whose delivery holds everything up to then."""
        return DAYS - 1 - self.nights

    def land(
        self,
        con: duckdb.DuckDBPyConnection,
        table: str,
        query: str,
        *,
        part: str,
        total_column: str | None = None,
        suffix: str = "jsonl",
        header: bytes = b"",
    ) -> None:
        """Deliver the lines of `query`, which yields (day, line[, amount]) in
        the order of deliveries.

        `table` is `<source>.<table>`; the amounts are summed into the manifest's control total of
        `total_column`; `header` begins every file of the table.
        """
        self._headers[table] = header
        count = _Count(total_column)
        history = self._history(con, table, query, suffix, count)
        first = next(history, None)
        if first is not None:
            self._write(table, self.history_day, part, suffix, chain([first], history), count)

    def _history(
        self, con: duckdb.DuckDBPyConnection, table: str, query: str, suffix: str, count: _Count
    ) -> Iterator[memoryview]:
        """Yield the history's content batch by batch; spool what belongs to a night."""
        for batch in con.execute(query).to_arrow_reader(BATCH_ROWS):
            day = np.maximum(batch.column(0).to_numpy(zero_copy_only=False), self.history_day)
            for each in np.unique(day):
                start, stop = np.searchsorted(day, [each, each + 1])
                piece = batch.slice(int(start), int(stop - start))
                if each == self.history_day:
                    count.add(piece)
                    yield _content(piece.column(1))
                elif date_of(int(each)) <= self.until:
                    key = (table, suffix, int(each))
                    self._nightly.setdefault(key, _Count(count.total_column)).add(piece)
                    with self._spooled(*key).open("ab") as out:
                        out.write(_content(piece.column(1)))

    def land_bytes(self, table: str, day: int, content: bytes, rows: int) -> None:
        """Deliver one small CSV file as it is, when its day has come."""
        if date_of(day) <= self.until:
            self._write(table, day, "", "csv", iter([content]), _Count(None, rows))

    def finish(self) -> None:
        """Write the nights' files out of the spool."""
        for (table, suffix, day), count in sorted(self._nightly.items()):
            spooled = self._spooled(table, suffix, day)
            with spooled.open("rb") as content:
                pieces = iter(lambda source=content: source.read(SPOOL_BYTES), b"")  # type: ignore[misc]
                self._write(table, day, "", suffix, pieces, count)
            spooled.unlink()

    def _spooled(self, table: str, suffix: str, day: int) -> Path:
        return self.spool / f"{table}.{suffix}.{day}"

    def _write(
        self,
        table: str,
        day: int,
        part: str,
        suffix: str,
        content: Iterator[bytes | memoryview],
        count: _Count,
    ) -> None:
        source, name = table.split(".")
        path = (
            self.root / source / f"{name}-{date_of(day).isoformat()}{part and '-' + part}.{suffix}"
        )
        header = self._headers.get(table)
        write_file(path, chain([header], content) if header else content, count.describe)
        self.files.append(path)
        self.rows[table] = self.rows.get(table, 0) + count.rows
