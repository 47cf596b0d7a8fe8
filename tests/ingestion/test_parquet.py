"""Parquet extracts go through the same checks as text."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.quarantine.bad_rows import quarantine_files, quarantined_rows

PATH = "shop/products-2024-05-01.parquet"


def deliver(zone: Any, table: pa.Table) -> Path:
    file = zone.put(PATH, b"")
    pq.write_table(table, file)
    return file


def test_every_value_arrives_typed(zone: Any) -> None:
    moment = datetime(2024, 5, 1, 12, tzinfo=UTC)
    deliver(
        zone,
        pa.table(
            {
                "tags": [["a"], None],
                "id": [1, 2],
                "price": [Decimal("1.50"), None],
                "updated_at": [moment, None],
                "shelf": ["x", None],
            }
        ),
    )
    report = zone.load()
    assert zone.rows("products", "id, price, tags, updated_at, _extra, _line_number") == [
        (1, Decimal("1.50"), '["a"]', datetime(2024, 5, 1, 12), '{"shelf":"x"}', 1),
        (2, None, None, None, None, 2),
    ]
    assert report.drift == {"shop_products": {"unknown": ["shelf"]}}


def test_a_bad_row_goes_to_quarantine(zone: Any) -> None:
    deliver(
        zone,
        pa.table(
            {
                "id": [1, None],
                "price": [1.5, 1.239],
                "tags": ["[]", "{}"],
                "updated_at": pa.nulls(2, pa.string()),
            }
        ),
    )
    zone.load()
    assert zone.rows("products", "id") == [(1,)]
    [row] = quarantined_rows(
        zone.raw_folder, quarantine_files(zone.store, datetime(2030, 1, 1)), masked=False
    )
    assert (row["line_number"], row["column_name"]) == (2, "id")
    assert row["reason"].startswith("id: missing; price: not a number with at most 2 digits")


def test_a_damaged_file_is_refused(zone: Any) -> None:
    file = deliver(
        zone,
        pa.table(
            {"id": [1], "price": [1.5], "tags": ["[]"], "updated_at": pa.nulls(1, pa.string())}
        ),
    )
    assert "is not a readable Parquet file" in zone.refusal(PATH, file.read_bytes()[:-20])
    assert "line 1: the header lacks price" in zone.refusal(PATH, _without_price(zone))


def _without_price(zone: Any) -> bytes:
    return deliver(
        zone, pa.table({"id": [1], "tags": ["[]"], "updated_at": ["2024-05-01T12:00:00Z"]})
    ).read_bytes()
