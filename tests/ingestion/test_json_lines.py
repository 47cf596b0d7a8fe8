"""JSON lines: good files keep every value, damaged ones are refused or lose one row to quarantine,
with the place and the reason."""

import gzip
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
import zstandard

from ingestion.quarantine.bad_rows import quarantine_files, quarantined_rows

ORDER: dict[str, Any] = {
    "id": 1,
    "email": "ann@example.com",
    "customer": {"id": 7, "address": {"country": "DE"}},
    "amount": "12.50",
    "is_test": False,
    "lines": [{"sku": "A", "price": "12.50"}],
    "placed_on": "2024-05-01",
    "paid_at": 1714557600,
    "created_at": "2024-05-01T12:00:00+02:00",
}
PATH = "shop/orders-2024-05-01.jsonl"
COLUMNS = (
    "id, email, customer_id, country, amount, is_test, lines, placed_on, paid_at, created_at,"
    " _extra, _line_number"
)


def lines(*orders: Any) -> str:
    return "".join(
        (order if isinstance(order, str) else json.dumps(order)) + "\n" for order in orders
    )


def changed(**changes: Any) -> dict[str, Any]:
    return ORDER | {"id": 2} | changes


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


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "has no rows"),
        (lines(ORDER).encode().rstrip(b"\n"), "the last line (line 1, up to byte"),
        ((lines(ORDER) + lines(ORDER)[:40]).encode(), "the last line (line 2"),
        (lines(ORDER).encode("utf-16"), "is UTF-16 (little endian) (byte 1)"),
        (lines(ORDER).encode("utf-16-be"), "NUL byte (it looks like UTF-16) at byte 1"),
        (
            (lines(ORDER) + lines(changed(email="a\x01b")).replace("\\u0001", "\0")).encode(),
            "has a NUL byte at byte",
        ),
        (
            lines(ORDER).encode()
            + json.dumps(changed(email="J\u00f6rg"), ensure_ascii=False).encode("latin-1")
            + b"\n",
            "is not UTF-8 at byte",
        ),
        (lines(ORDER).encode() + b'{"id": "' + b"x" * (17 << 20) + b'"}\n', "line 2 (from byte"),
        (b"x" * (40 << 20), "line 1 (from byte 1) is longer than 16 MiB"),
        (
            gzip.compress(lines(ORDER).encode()),
            "is gzip inside (byte 1) but its name does not end in .gz",
        ),
        (lines(*["{}"] * 3), "none of its 3 rows can be used: amount: missing (3)"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_place(
    zone: Any, content: bytes, told: str
) -> None:
    assert told in zone.refusal(PATH, content)
    assert zone.rows("orders") == []


def damaged_gzip() -> list[tuple[str, bytes, str]]:
    whole = gzip.compress(
        lines(*[changed(id=i, email=f"p{i}@example.com") for i in range(400)]).encode(), mtime=0
    )
    flipped, length = bytearray(whole), bytearray(whole)
    flipped[-6] ^= 1
    length[-2] ^= 1
    middle = bytearray(whole)
    middle[len(whole) // 2] ^= 0xFF
    return [
        ("cut", whole[: len(whole) // 2], "truncated gzip: it ends at byte"),
        ("cut_trailer", whole[:-3], "truncated gzip"),
        ("checksum", bytes(flipped), "broken gzip (Error -6 Incorrect checksum found)"),
        ("length", bytes(length), "broken gzip"),
        ("bits", bytes(middle), "broken gzip"),
        ("garbage", whole + b"garbage", "trailing bytes after the end of the gzip data, from byte"),
        ("zeros", whole + b"\0" * 16, "trailing bytes after the end of the gzip data"),
        ("empty", b"", "is empty (0 bytes), not even a gzip header"),
        ("plain", lines(ORDER).encode(), "is not gzip although its name ends in .gz (byte 1)"),
        ("bomb", gzip.compress(lines(ORDER).encode() * 400_000), "taken for a zip bomb"),
        ("blank_bomb", gzip.compress(b" " * (300 << 20)), "16 MiB"),
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [pytest.param(content, told, id=name) for name, content, told in damaged_gzip()],
)
def test_a_broken_gzip_is_refused_with_the_byte(zone: Any, content: bytes, told: str) -> None:
    assert told in zone.refusal(PATH + ".gz", content)


def test_a_broken_zstd_is_refused(zone: Any) -> None:
    whole = zstandard.ZstdCompressor(write_checksum=True).compress(lines(ORDER, changed()).encode())
    assert "truncated zstd" in zone.refusal(PATH + ".zst", whole[:-5])
    zone.put(PATH + ".zst", whole[:20] + bytes([whole[20] ^ 0xFF]) + whole[21:])
    assert "broken zstd" in zone.load().refused[0].reason
    zone.put(PATH + ".zst", whole + b"garbage!")
    assert "trailing bytes after the end of the zstd data" in zone.load().refused[0].reason


def test_concatenated_gzip_members_are_one_file(zone: Any) -> None:
    zone.put(
        PATH + ".gz",
        gzip.compress(lines(ORDER).encode()) + gzip.compress(lines(changed()).encode()),
    )
    assert zone.load().tables["shop_orders"].loaded == 2


def test_a_table_that_may_be_empty_loads_an_empty_file(zone: Any) -> None:
    zone.put("shop/refunds-2024-05-01.jsonl", "")
    report = zone.load()
    assert [outcome.status for outcome in report.outcomes] == ["loaded"]
    assert zone.rows("refunds") == []


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
