"""The same rows as JSON lines, CSV and Parquet: what a value means does not depend on how it
came."""

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.quarantine.bad_rows import quarantine_files, quarantined_rows

FORMATS = ("jsonl", "csv", "parquet")
TABLE = """
  rows_{kind}:
    description: One row per row.
    files: shop/rows_{kind}-*.{kind}
    format: {kind}
    load_mode: append
    key: [id]
    quarantine_limit: 1.0
    columns:
      - {{name: id, type: integer, required: true, description: Id.}}
      - {{name: word, type: text, description: Text.}}
      - {{name: amount, type: "decimal(18,3)", description: Amount.}}
      - {{name: nested, type: json, description: Nested.}}
      - {{name: made_at, type: timestamp, description: Time.}}
      - {{name: day, type: date, description: Day.}}
      - {{name: born, type: date, pii: birth, description: Birth.}}
"""
COLUMNS = ("id", "word", "amount", "nested", "made_at", "day", "born")
TEXTS = ("word", "amount", "nested", "made_at", "day", "born")


def deliver(zone: Any, kind: str, rows: list[dict[str, str]]) -> Any:
    """Load rows with ids from 1 and values written as JSON (`"x"`, `1.5`, `[1]`). In CSV and
    Parquet a text stands without its quotes, all else as it is."""
    contract = zone.sources / "shop.yml"
    text = contract.read_text(encoding="utf-8")
    if f"rows_{kind}:" not in text:
        contract.write_text(text + TABLE.format(kind=kind), encoding="utf-8")
    path: Path = zone.put(f"shop/rows_{kind}-2024-05-01.{kind}", b"")
    numbered = [{"id": str(i), **row} for i, row in enumerate(rows, 1)]
    if kind == "jsonl":
        lines = (", ".join(f'"{key}": {value}' for key, value in row.items()) for row in numbered)
        path.write_text("".join(f"{{{line}}}\n" for line in lines), encoding="utf-8")
        return zone.load()
    bare = [{key: _bare(key, value) for key, value in row.items()} for row in numbered]
    if kind == "csv":
        written = io.StringIO()
        writer = csv.DictWriter(written, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(bare)
        path.write_text(written.getvalue(), encoding="utf-8")
    else:
        columns: dict[str, Any] = {"id": pa.array([int(row["id"]) for row in bare])}
        for column in TEXTS:
            columns[column] = pa.array([row.get(column) for row in bare], pa.string())
        pq.write_table(pa.table(columns), path)
    return zone.load()


def _bare(key: str, value: str) -> str:
    is_text = key != "nested" and value.startswith('"')
    return value[1:-1] if is_text else value


def loaded(zone: Any, kind: str, columns: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = zone.rows(f"rows_{kind}", columns)
    return rows


def reasons(zone: Any) -> list[str]:
    """Why rows are in quarantine, in their order."""
    files = quarantine_files(zone.store, datetime(2030, 1, 1))
    return [row["reason"] for row in quarantined_rows(zone.raw_folder, files, masked=False)]
