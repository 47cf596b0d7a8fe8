"""What the types of a Parquet file say, and what they leave out."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from three_formats import TABLE, loaded, reasons

PATH = "shop/rows_parquet-2024-05-01.parquet"
MOMENT = datetime(2024, 7, 1, 12)


def write(zone: Any, columns: dict[str, Any], *, time_zone: str | None = None, **how: Any) -> Path:
    contract = zone.sources / "shop.yml"
    text = contract.read_text(encoding="utf-8") + TABLE.format(kind="parquet")
    contract.write_text(text.replace("required: false", ""), encoding="utf-8")
    file: Path = zone.put(PATH, b"")
    arrays = {"id": pa.array([1, 2]), **columns}
    for name in ("word", "amount", "nested", "made_at", "day", "born"):
        arrays.setdefault(name, pa.nulls(2, pa.string()))
    pq.write_table(pa.table(arrays), file, **how)
    return file


def refused(zone: Any) -> str:
    [outcome] = zone.load().refused
    return str(outcome.reason)


def test_bytes_without_the_mark_of_a_text_are_one(zone: Any) -> None:
    write(
        zone,
        {
            "word": pa.array(["zoë@example.com".encode(), b"\xff"], pa.binary()),
            "nested": pa.array(['["Köln"]'.encode(), None], pa.binary()),
        },
    )
    zone.load()
    assert loaded(zone, "parquet", "word, nested") == [("zoë@example.com", '["Köln"]')]
    assert reasons(zone) == ["word: bytes that are no UTF-8"]


def test_bytes_of_a_fixed_length_are_a_text_too(zone: Any) -> None:
    write(zone, {"word": pa.array(["zoë".encode(), b"\xff\xfe\xfd\xfc"], pa.binary(4))})
    zone.load()
    assert loaded(zone, "parquet", "word") == [("zoë",)]
    assert reasons(zone) == ["word: bytes that are no UTF-8"]


def test_bytes_in_a_column_of_json_may_not_be_too_deep(zone: Any) -> None:
    deep = ("[" * 150_000 + "]" * 150_000).encode()
    write(zone, {"nested": pa.array([deep, None], pa.binary())})
    assert "nested deeper than 100" in refused(zone)


def test_lists_and_numbers_in_a_column_of_texts(zone: Any) -> None:
    write(zone, {"word": pa.array([["a"], None])})
    zone.load()
    assert loaded(zone, "parquet", "id") == [(2,)]
    assert reasons(zone) == ["word: an object or a list where a text belongs"]


def test_whole_numbers_in_a_column_of_texts_lose_their_point(zone: Any) -> None:
    write(zone, {"word": pa.array([77.0, 1.5])})
    report = zone.load()
    assert loaded(zone, "parquet", "word") == [("77",), ("1.5",)]
    assert report.drift["shop_rows_parquet"] == {"changed": ["word (numbers where a text belongs)"]}


def test_a_nul_character_goes_to_quarantine(zone: Any) -> None:
    write(zone, {"word": pa.array(["a\0b", "c"])})
    zone.load()
    assert loaded(zone, "parquet", "word") == [("c",)]
    assert reasons(zone) == ["word: a NUL character in a text"]


def test_int96_is_utc(zone: Any) -> None:
    times = pa.array([MOMENT, None], pa.timestamp("ns"))
    write(zone, {"made_at": times}, use_deprecated_int96_timestamps=True)
    zone.load()
    assert loaded(zone, "parquet", "made_at") == [(MOMENT,), (None,)]


def test_times_without_a_zone_are_refused_with_the_remedy(zone: Any) -> None:
    write(zone, {"made_at": pa.array([MOMENT, None], pa.timestamp("us"))})
    reason = refused(zone)
    assert "made_at has times without a zone" in reason and "`time_zone:`" in reason


@pytest.mark.parametrize("names", [["word", "word"], ["word", "Word"], ["nested", "nested"]])
def test_a_name_twice_is_refused(zone: Any, names: list[str]) -> None:
    file = write(zone, {})
    table = pq.read_table(file)
    second = pa.array(["x", "y"])
    pq.write_table(table.append_column(names[1], second), file)
    assert f"has the column '{sorted(names)[0]}' twice" in refused(zone)
