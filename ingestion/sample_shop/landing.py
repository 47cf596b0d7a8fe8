"""Writes the landing zone: a history delivery, then one delivery a night, each file with its manifest.

Lines come from DuckDB as one Arrow text column; its buffer already *is* the file's content, so no row is ever touched
in Python. History files are written part by part; a night's lines are gathered in a spool until all chunks are drawn.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from isal import isal_zlib

from ingestion.sample_shop.days import date_of
from ingestion.sample_shop.parameters import DAYS

BATCH_ROWS = 100_000
SPOOL_BYTES = 8 << 20


@dataclass
class _File:
    """One file being written: content, and what its manifest will say."""

    path: Path
    rows: int = 0
    total: Decimal | None = None

    def count(self, rows: int, total: Decimal | None) -> None:
        self.rows += rows
        if total is not None:
            self.total = (self.total or Decimal(0)) + total


def write_manifest(path: Path, sha256: str, rows: int, control_totals: dict[str, str]) -> None:
    """Write `<path>.manifest.json`: what the sender says about the file."""
    content = {"sha256": sha256, "rows": rows, "control_totals": control_totals}
    path.with_name(path.name + ".manifest.json").write_text(json.dumps(content) + "\n", encoding="utf-8")


def write_file(path: Path, chunks: Iterator[bytes | memoryview]) -> str:
    """Write (and compress, when the name ends in .gz) under a hidden name, rename, and return the sha256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}.part")
    digest = hashlib.sha256()
    packer = isal_zlib.compressobj(level=2, wbits=31) if path.suffix == ".gz" else None  # wbits 31: gzip, no time in it
    with hidden.open("wb") as out:
        for chunk in chunks:
            data = packer.compress(chunk) if packer else chunk
            digest.update(data)
            out.write(data)
        if packer:
            data = packer.flush()
            digest.update(data)
            out.write(data)
    hidden.rename(path)
    return digest.hexdigest()


def _content(lines: pa.Array) -> memoryview:
    """The bytes of a text column, one value after the other, without a copy."""
    if not len(lines):
        return memoryview(b"")
    width = np.int64 if pa.types.is_large_string(lines.type) else np.int32
    _, offsets, data = lines.buffers()
    ends = np.frombuffer(offsets, dtype=width)[lines.offset : lines.offset + len(lines) + 1]
    return memoryview(data)[int(ends[0]) : int(ends[-1])]


@dataclass
class Landing:
    """The landing zone of one sample: which delivery gets what, and what has been written."""

    root: Path
    spool: Path
    nights: int
    until: date
    files: list[Path] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    _nightly: dict[tuple[str, int], _File] = field(default_factory=dict)
    _totals: dict[str, str] = field(default_factory=dict)

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
    ) -> None:
        """Deliver the lines of `query`, which yields (day, line[, amount]) ordered by day.

        `table` is `<source>.<table>`; `amount` is summed into the manifest's control total of `total_column`.
        """
        if total_column:
            self._totals[table] = total_column
        reader = con.execute(query).to_arrow_reader(BATCH_ROWS)
        history = self._file_name(table, self.history_day, part, suffix)
        if date_of(self.history_day) <= self.until:
            target = _File(history)
            pieces = self._split(reader, table, suffix, target)
            first = next(pieces, None)
            if first is not None:
                self._finish(target, table, write_file(history, _chain(first, pieces)))
        else:  # nothing of this sample is wanted yet
            for _ in self._split(reader, table, suffix, None):
                pass

    def _split(
        self, reader: pa.RecordBatchReader, table: str, suffix: str, history: _File | None
    ) -> Iterator[memoryview]:
        """Yield the history's content batch by batch; spool what belongs to a night."""
        for batch in reader:
            days = np.maximum(batch.column(0).to_numpy(zero_copy_only=False), self.history_day)
            for day in np.unique(days):
                start, stop = np.searchsorted(days, [day, day + 1])
                piece = batch.slice(int(start), int(stop - start))
                total = None
                if batch.num_columns > 2:
                    total = pc.sum(piece.column(2)).as_py()
                content = _content(piece.column(1))
                if day == self.history_day:
                    if history is not None:
                        history.count(len(piece), total)
                        yield content
                elif date_of(int(day)) <= self.until:
                    name = f"{table}.{suffix}"
                    file = self._nightly.setdefault((name, int(day)), _File(self.spool / f"{name}.{day}"))
                    file.count(len(piece), total)
                    with file.path.open("ab") as out:
                        out.write(content)

    def land_bytes(self, table: str, day: int, content: bytes, rows: int) -> None:
        """Deliver one small CSV file as it is, when its day has come."""
        if date_of(day) <= self.until:
            file = _File(self._file_name(table, day, "", "csv"), rows)
            self._finish(file, table, write_file(file.path, iter([content])))

    def finish(self) -> None:
        """Write the nights' files out of the spool."""
        for (name, day), spooled in sorted(self._nightly.items()):
            source, table, suffix = name.split(".", 2)
            path = self._file_name(f"{source}.{table}", day, "", suffix)
            with spooled.path.open("rb") as content:
                sha256 = write_file(path, iter(lambda c=content: c.read(SPOOL_BYTES), b""))  # type: ignore[misc]
            self._finish(_File(path, spooled.rows, spooled.total), f"{source}.{table}", sha256)
            spooled.path.unlink()

    def _file_name(self, table: str, day: int, part: str, suffix: str) -> Path:
        source, name = table.split(".")
        return self.root / source / f"{name}-{date_of(day).isoformat()}{part and '-' + part}.{suffix}"

    def _finish(self, file: _File, table: str, sha256: str) -> None:
        totals = {self._totals[table]: str(file.total)} if table in self._totals and file.total is not None else {}
        write_manifest(file.path, sha256, file.rows, totals)
        self.files.append(file.path)
        self.rows[table] = self.rows.get(table, 0) + file.rows


def _chain(first: memoryview, rest: Iterator[memoryview]) -> Iterator[memoryview]:
    yield first
    yield from rest
