"""Parquet that is delivered to harm whoever reads it."""

from collections.abc import Callable
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

Lay = Callable[[Path, float], None]
NAME = "products-2024-05-01-hostile.parquet"
DEEP = 150_000
FLIPPED_FILES = 40


def parquets() -> dict[str, Lay]:
    """By what is wrong with them."""
    return {
        "one long text for 4.2 M rows": lambda shop, scale: _write(
            shop, _same("n" * 1000, int(4_200_000 * scale) + 100_000)
        ),
        "one text of 8 MB for 2,000 rows": lambda shop, scale: _write(
            shop, _same("n" * (8 << 20), 2000)
        ),
        "rows without a value": _nothing,
        "a page of 1 GB": lambda shop, scale: _write(
            shop, _table(["n" * (int((1 << 30) * scale) + (80 << 20))]), use_dictionary=False
        ),
        "texts that repeat the one before": _prefixes,
        "lists 1,000 deep": lambda shop, scale: _write(
            shop, pa.table({"id": [1], "note": ["n"], "details": pa.array([None], _nested(1000))})
        ),
        "100,000 columns of Parquet": lambda shop, scale: _write(
            shop,
            pa.table(
                {"id": [1]} | {f"column {i}": [1] for i in range(int(100_000 * scale) + 3000)}
            ),
        ),
        "a column of Parquet with a name of 8 MB": lambda shop, scale: _write(
            shop, pa.table({"id": [1], "note": ["n"], "k" * (8 << 20): [1]})
        ),
        "JSON 150,000 deep in a text": lambda shop, scale: _write(
            shop,
            pa.table({"id": [1], "note": ["n"], "details": ["[" * DEEP + "]" * DEEP]}),
        ),
        "no footer": lambda shop, scale: _cut(shop, lambda content: content[:-8]),
        "a footer of 4 GB": lambda shop, scale: _cut(
            shop, lambda content: content[:-8] + b"\xff\xff\xff\xff" + b"PAR1"
        ),
        "a footer that is not there": lambda shop, scale: _cut(
            shop, lambda content: content[:4] + b"\xff" * (len(content) - 12) + content[-8:]
        ),
        "footers with flipped bytes": lambda shop, scale: _flipped(shop, at_end=True),
        "pages with flipped bytes": lambda shop, scale: _flipped(shop, at_end=False),
    }


def _table(notes: list[str]) -> pa.Table:
    return pa.table({"id": range(len(notes)), "note": notes})


def _same(text: str, rows: int) -> pa.Table:
    indices = pa.array([0], pa.int32()).take(pa.array([0] * rows))
    note = pa.DictionaryArray.from_arrays(indices, pa.array([text]))
    return pa.table({"id": pa.array(range(rows)), "note": note})


def _write(shop: Path, table: pa.Table, **options: object) -> None:
    pq.write_table(table, shop / NAME, compression="zstd", store_schema=False, **options)


def _nothing(shop: Path, scale: float) -> None:
    rows = int(300_000_000 * scale) + 9_000_000
    schema = pa.schema([("id", pa.int64()), ("note", pa.string())])
    nulls = pa.table({"id": pa.nulls(1_000_000, pa.int64()), "note": pa.nulls(1_000_000)})
    with pq.ParquetWriter(shop / NAME, schema) as file:
        for _ in range(rows // 1_000_000):
            file.write_table(nulls.cast(schema))


def _prefixes(shop: Path, scale: float) -> None:
    """Texts that are stored as so many letters of the one before, and no more."""
    table = _table(["n" * (1 << 20)] * (int(1000 * scale) + 100))
    _write(shop, table, use_dictionary=False, column_encoding={"note": "DELTA_BYTE_ARRAY"})


def _nested(levels: int) -> pa.DataType:
    kind = pa.int64()
    for _ in range(levels):
        kind = pa.list_(kind)
    return kind


def _cut(shop: Path, changed: Callable[[bytes], bytes]) -> None:
    _write(shop, _table(["n"] * 1000))
    (shop / NAME).write_bytes(changed((shop / NAME).read_bytes()))


def _flipped(shop: Path, *, at_end: bool) -> None:
    _write(shop, _table([f"note {i}" for i in range(1000)]))
    content, rng = (shop / NAME).read_bytes(), Random(0)
    (shop / NAME).unlink()
    footer = int.from_bytes(content[-8:-4], "little")
    first, last = (
        (len(content) - 8 - footer, len(content) - 8) if at_end else (4, len(content) // 2)
    )
    for i in range(FLIPPED_FILES):
        flipped = bytearray(content)
        for _ in range(1 + i % 8):
            flipped[rng.randrange(first, last)] = rng.randrange(256)
        (shop / f"products-2024-05-01-hostile{i}.parquet").write_bytes(flipped)
