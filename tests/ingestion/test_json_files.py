"""Whole files of JSON lines: those that cannot be used are refused with the place."""

import gzip
import json
from typing import Any

import pytest
import zstandard
from order_lines import ORDER, PATH, changed, lines


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
        (lines(ORDER).encode() + b'{"id": "' + b"x" * (65 << 20) + b'"}\n', "line 2 (from byte"),
        (b"x" * (90 << 20), "line 1 (from byte 1) is longer than 64 MiB"),
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
        ("blank_bomb", gzip.compress(b" " * (300 << 20)), "taken for a zip bomb"),
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
