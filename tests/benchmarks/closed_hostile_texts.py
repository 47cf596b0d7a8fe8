"""What may be delivered to harm whoever reads it: text and what it is packed in.

Each entry is (name, what it lays into the folder of source `shop`); a scale of 1 is the full size.
"""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import zstandard

Lay = Callable[[Path, float], None]
EVENT = '{"id": %d, "note": "n"}\n'
EVENTS = "events-2024-05-01-hostile.jsonl"
SPEND = "spend-2024-05-01-hostile.csv"
DEEP = 150_000


def texts() -> dict[str, Lay]:
    """Files of JSON lines and CSV, by what is wrong with them."""
    return _json_lines() | _csv() | _packed() | _bytes()


def _lines(*lines: str, name: str = EVENTS) -> Lay:
    return lambda shop, scale: _put(shop / name, "".join(lines).encode())


def _put(file: Path, content: bytes) -> None:
    file.write_bytes(content)


def _value(value: str) -> str:
    return f'{{"id": 2, "details": {value}}}\n'


def _json_lines() -> dict[str, Lay]:
    good = EVENT % 1
    lists, objects = "[" * DEEP + "]" * DEEP, '{"a":' * DEEP + "1" + "}" * DEEP
    hidden = '["]]]]]",' * DEEP + "1" + "]" * DEEP
    escaped = '["\\"[\\\\",' * DEEP + "1" + "]" * DEEP
    keys = ", ".join(f'"key {i}": {i}' for i in range(100_000))
    twice = ", ".join('"details": 1' for _ in range(100_000))
    unknown = ", ".join('"other": 1' for _ in range(100_000))
    return {
        "lists 150,000 deep": _lines(good, _value(lists)),
        "objects 150,000 deep": _lines(good, _value(objects)),
        "lists behind brackets in texts": _lines(good, _value(hidden)),
        "lists behind escaped quotes": _lines(good, _value(escaped)),
        "lists in an unknown field": _lines(good, f'{{"id": 2, "other": {lists}}}\n'),
        "lists that are never closed": _lines(good, _value("[" * DEEP)),
        "a line that is one list": _lines(good, lists + "\n"),
        "lists 150,000 deep, packed": lambda shop, scale: _put(
            shop / f"{EVENTS}.gz", gzip.compress((good + _value(lists)).encode())
        ),
        "100,000 keys": _lines(good, f'{{"id": 2, {keys}}}\n'),
        "a key 100,000 times": _lines(good, f'{{"id": 2, {twice}}}\n'),
        "an unknown key 100,000 times": _lines(good, f'{{"id": 2, {unknown}}}\n'),
        "100,000 keys in a field": _lines(good, _value(f"{{{keys}}}")),
        "a key of 8 MB": _lines(good, f'{{"id": 2, "{"k" * (8 << 20)}": 1}}\n'),
        "a number of 8 MB": _lines(good, f'{{"id": {"9" * (8 << 20)}}}\n'),
        "a number with a huge exponent": _lines(good, '{"id": 1e999999999}\n'),
        "a huge exponent in a field": _lines(good, _value("[1e999999999, -1e-999999999]")),
        "escapes of half a character": _lines(good, '{"id": 2, "note": "\\ud800"}\n'),
        "a line of 1 GB without end": lambda shop, scale: _repeat(
            shop / EVENTS, b"x" * (1 << 20), int(1024 * scale) + 65
        ),
        "millions of blank lines": lambda shop, scale: _repeat(
            shop / EVENTS, b"\n" * (1 << 20), int(16 * scale) + 1
        ),
    }


def _csv() -> dict[str, Lay]:
    header, row = "id,note,details\n", "1,n,\n"
    columns = ",".join(f"column {i}" for i in range(100_000))
    deep = "[" * DEEP + "]" * DEEP
    return {
        "100,000 columns of CSV": _lines(f"id,{columns}\n", row, name=SPEND),
        "a column of CSV with a name of 8 MB": _lines(
            f"id,note,{'k' * (8 << 20)}\n", row, name=SPEND
        ),
        "lists 150,000 deep in a field": _lines(header, row, f"2,n,{deep}\n", name=SPEND),
        "lists 150,000 deep in quotes": _lines(
            header, row, f'2,n,"{{""a"": {deep}}}"\n', name=SPEND
        ),
        "a field of 1 GB": lambda shop, scale: _repeat(
            shop / SPEND, b"y\n" * (1 << 19), int(1024 * scale) + 17, before=f'{header}1,"'.encode()
        ),
        "nothing but quotes": _lines(header, '"' * (1 << 20), "\n", name=SPEND),
        "nothing but delimiters": _lines(header, "," * (8 << 20), "\n", name=SPEND),
    }


def _packed() -> dict[str, Lay]:
    def archive(shop: Path, scale: float) -> None:
        with zipfile.ZipFile(shop / "events-2024-05-01-hostile.zip", "w") as file:
            file.writestr("../../escaped", "x")
            file.writestr("/tmp/escaped", "x")
            inner = io.BytesIO()
            with zipfile.ZipFile(inner, "w") as nested:
                nested.writestr("inner", "x")
            file.writestr("nested.zip", inner.getvalue())
            for i in range(int(1_000_000 * scale) + 100):
                file.writestr(str(i), b"")

    good = (EVENT % 1).encode()
    return {
        "a zip of a million entries": archive,
        "a zip by the name of gzip": lambda shop, scale: _put(
            shop / f"{EVENTS}.gz", b"PK\3\4" + b"\0" * 100
        ),
        "gzip of endless empty members": lambda shop, scale: _put(
            shop / f"{EVENTS}.gz",
            gzip.compress(good) + gzip.compress(b"", 9, mtime=0) * (int(5_000_000 * scale) + 1000),
        ),
        "zstd of endless empty frames": lambda shop, scale: _put(
            shop / f"{EVENTS}.zst",
            zstandard.compress(good) + zstandard.compress(b"") * (int(5_000_000 * scale) + 1000),
        ),
        "a bomb of gzip": lambda shop, scale: _put(
            shop / f"{EVENTS}.gz", gzip.compress(good * (10 << 20))
        ),
        "a bomb of zstd": lambda shop, scale: _put(
            shop / f"{EVENTS}.zst", zstandard.compress(good * (10 << 20), 19)
        ),
        "gzip of gzip": lambda shop, scale: _put(
            shop / f"{EVENTS}.gz", gzip.compress(gzip.compress(good))
        ),
    }


def _bytes() -> dict[str, Lay]:
    good = EVENT % 1
    deep = json.dumps({"rows": 1})[:-1] + ', "control_totals": ' + "[" * DEEP
    return {
        "nothing but NUL": lambda shop, scale: _put(shop / EVENTS, bytes(4 << 20)),
        "UTF-16": lambda shop, scale: _put(shop / EVENTS, good.encode("utf-16")),
        "UTF-32": lambda shop, scale: _put(shop / EVENTS, good.encode("utf-32")),
        "nothing but a byte order mark": lambda shop, scale: _put(shop / EVENTS, b"\xef\xbb\xbf"),
        "byte order marks in a row": lambda shop, scale: _put(
            shop / EVENTS, b"\xef\xbb\xbf" * 3 + good.encode()
        ),
        "a manifest nested without end": lambda shop, scale: (
            _put(shop / EVENTS, good.encode()),
            _put(shop / f"{EVENTS}.manifest.json", deep.encode()),
        )[0],
        "a manifest with a number without end": lambda shop, scale: (
            _put(shop / EVENTS, good.encode()),
            _put(shop / f"{EVENTS}.manifest.json", b'{"rows": ' + b"9" * (1 << 20) + b"}"),
        )[0],
    }


def _repeat(file: Path, block: bytes, times: int, before: bytes = b"") -> None:
    with file.open("wb") as opened:
        opened.write(before)
        for _ in range(times):
            opened.write(block)
