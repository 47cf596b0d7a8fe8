"""JSON lines: good files keep every value, damaged ones are refused or lose one row to quarantine,
with the place and the reason."""

import gzip
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
import zstandard
from order_lines import ORDER, PATH, changed, lines

from ingestion.quarantine.bad_rows import quarantine_files, quarantined_rows

COLUMNS = (
    "id, email, customer_id, country, amount, is_test, lines, placed_on, paid_at, created_at,"
    " _extra, _line_number"
)


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in changed().items() if name != key}


def quarantined(zone: Any) -> list[dict[str, Any]]:
    return quarantined_rows(
        zone.raw_folder, quarantine_files(zone.store, datetime(2030, 1, 1)), masked=False
    )


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_every_value_arrives_typed(zone: Any, suffix: str) -> None:
    text = lines(
        ORDER, {"id": "2", "amount": 3, "created_at": "2024-05-01T10:00:00.5Z", "email": None}
    ).encode()
    pack = {
        "": lambda data: data,
        ".gz": gzip.compress,
        ".zst": zstandard.ZstdCompressor().compress,
    }[suffix]
    zone.put(PATH + suffix, pack(text))
    report = zone.load()
    assert (report.tables["shop_orders"].read, report.tables["shop_orders"].loaded) == (2, 2)
    noon, half_past = datetime(2024, 5, 1, 10), datetime(2024, 5, 1, 10, 0, 0, 500000)
    assert zone.rows("orders", COLUMNS) == [
        (
            1,
            "ann@example.com",
            7,
            "DE",
            Decimal("12.50"),
            False,
            '[{"sku":"A","price":"12.50"}]',
            date(2024, 5, 1),
            noon,
            noon,
            None,
            1,
        ),
        (2, None, None, None, Decimal("3.00"), None, None, None, None, half_past, None, 2),
    ]


def test_load_columns_say_where_a_row_came_from(zone: Any) -> None:
    zone.put(PATH, lines(ORDER))
    zone.load()
    [(file_id, arrival, loaded_at)] = zone.rows("orders", "_file_id, _arrival, _loaded_at")
    entry = zone.store.query("select * from extract_files")[0]
    assert (file_id, arrival, loaded_at) == (
        entry["sha256"][:32],
        entry["sequence"],
        datetime(2024, 6, 1, 22),
    )
    assert (entry["status"], entry["business_date"], entry["as_of"]) == (
        "loaded",
        "2024-05-01",
        "2024-06-01T22:00:00Z",
    )
    assert json.loads(entry["control_totals"]) == {"amount": "12.50"}


def test_unknown_fields_are_kept_and_reported(zone: Any) -> None:
    more = changed(
        gift=True,
        note=None,
        customer={"id": 8, "tags": ["a"], "address": {"country": "FR", "zip": "75001"}},
    )
    zone.put(PATH, lines(ORDER, more, changed(id=3, customer={"id": 9, "address": None})))
    report = zone.load()
    extras = [json.loads(extra) if extra else None for (extra,) in zone.rows("orders", "_extra")]
    assert extras == [
        None,
        {"gift": True, "note": None, "customer": {"tags": ["a"], "address": {"zip": "75001"}}},
        None,
    ]
    assert report.drift == {
        "shop_orders": {"unknown": ["customer.address.zip", "customer.tags", "gift", "note"]}
    }


def test_byte_order_mark_and_crlf_are_taken(zone: Any) -> None:
    zone.put(PATH, b"\xef\xbb\xbf" + lines(ORDER, changed()).replace("\n", "\r\n").encode())
    assert zone.load().tables["shop_orders"].loaded == 2


@pytest.mark.parametrize(
    ("line", "column", "told"),
    [
        (without("amount") | {"total": "12.50"}, "amount", "amount: missing"),
        (without("amount"), "amount", "amount: missing"),
        (changed(id=1.5), "id", "id: not a whole number"),
        (changed(id=True), "id", "id: not a whole number"),
        (changed(id="1e3"), "id", "id: not a whole number"),
        (changed(id=" 12 "), "id", "id: not a whole number"),
        (changed(id=2**63), "id", "id: not a whole number"),
        (
            changed(amount="1.239"),
            "amount",
            "amount: not a number with at most 2 digits after the point and 9 in all",
        ),
        (changed(amount="12345678.00"), "amount", "amount: not a number"),
        (changed(amount="12,50"), "amount", "amount: not a number"),
        (changed(amount="nan"), "amount", "amount: not a number"),
        (
            changed(created_at="2024-05-01T12:00:00"),
            "created_at",
            "created_at: not a timestamp with Z or an offset",
        ),
        (changed(created_at="2024-05-01"), "created_at", "created_at: not a timestamp"),
        (changed(created_at="infinity"), "created_at", "created_at: not a timestamp"),
        (
            changed(created_at="2024-05-01 12:00:00 Europe/Berlin"),
            "created_at",
            "created_at: not a timestamp",
        ),
        (changed(created_at="2024-02-30T12:00:00Z"), "created_at", "created_at: not a timestamp"),
        (changed(is_test="yes"), "is_test", "is_test: not true or false"),
        (changed(placed_on="01.05.2024"), "placed_on", "placed_on: not a date"),
        (changed(placed_on="2024-05-01T00:00:00Z"), "placed_on", "placed_on: not a date"),
        (changed(paid_at=1714557600.5), "paid_at", "paid_at: not a time in whole seconds"),
        (changed(paid_at=10**17), "paid_at", "paid_at: not a time in whole seconds"),
        (
            changed(email={"value": "ann@example.com"}),
            "email",
            "email: an object or a list where a text belongs",
        ),
        (
            changed(email=["ann@example.com"]),
            "email",
            "email: an object or a list where a text belongs",
        ),
        (changed(customer=7), None, "customer: not an object"),
        (changed(customer=[{"id": 7}]), None, "customer: not an object"),
        (changed(customer={"id": 7, "address": "DE"}), None, "customer.address: not an object"),
        (
            '{"id": 2, "id": 3, "amount": "1", "created_at": "2024-05-01T12:00:00Z"}',
            None,
            "a key stands there twice",
        ),
        (
            (
                '{"id": 2, "customer": {"id": 1, "id": 2}, "amount": "1",'
                ' "created_at": "2024-05-01T12:00:00Z"}'
            ),
            None,
            "a key stands there twice",
        ),
        ("null", None, "not a JSON object"),
        ("[1, 2]", None, "not a JSON object"),
        ("17", None, "not a JSON object"),
        ("{}", "id", "id: missing; amount: missing; created_at: missing"),
        ("", None, "blank line"),
        ('{"id": 2, "amount": "1"', None, "not valid JSON"),
        ('{"id": 2} trailing', None, "not valid JSON"),
    ],
)
def test_a_bad_line_goes_to_quarantine_and_the_others_load(
    zone: Any, line: Any, column: str | None, told: str
) -> None:
    zone.put(PATH, lines(ORDER, line, changed(id=3)))
    report = zone.load()
    assert zone.rows("orders", "id, _line_number") == [(1, 1), (3, 3)], report.refused
    [row] = quarantined(zone)
    assert (row["file_path"], row["line_number"], row["column_name"]) == (PATH, 2, column)
    assert row["reason"].startswith(told)
    assert row["raw_row"] == lines(line).rstrip("\n")
    assert report.tables["shop_orders"] == type(report.tables["shop_orders"])(
        files=1, read=3, loaded=2, quarantined=1
    )


def test_a_text_that_looks_like_json_is_a_text(zone: Any) -> None:
    zone.put(PATH, lines(changed(email="{odd}@example.com"), changed(email="[x]")))
    assert zone.load().tables["shop_orders"].loaded == 2


def test_rows_keep_their_order_and_numbers_over_many_blocks(zone: Any) -> None:
    count = 60_000
    body = "".join(
        f'{{"id": {i}, "email": "{"x" * 80}", "amount": "1.00",'
        ' "created_at": "2024-05-01T12:00:00Z"}\n'
        for i in range(count)
    )
    zone.put(PATH + ".gz", gzip.compress(body.encode(), 1))
    zone.load()
    rows = zone.rows("orders", "id, _line_number")
    assert rows == [(i, i + 1) for i in range(count)]
