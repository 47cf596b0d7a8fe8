"""Cases of `reality_silent.py`: files that are odd as a whole: headers and delimiters of CSV, types
of Parquet."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from reality_silent_case import GOOD, GOOD_ID, ODD_ID, Case, Write, as_text, in_parquet

_NAMES = ["id", *GOOD]
_VALUES = list(GOOD.values())
NOON = datetime(2024, 5, 1, 12)


def files() -> list[Case]:
    """Every file."""
    return [*_headers(), *_parquet()]


def _table(number: int, delimiter: str = ",") -> str:
    lines = [_NAMES, *([str(10 * number + each), *_VALUES] for each in (GOOD_ID, ODD_ID))]
    return "".join(delimiter.join(line) + "\n" for line in lines)


def _headers() -> list[Case]:
    def made(name: str, says: tuple[Any, ...], change: Callable[[str], str | bytes]) -> Case:
        def content(number: int) -> bytes:
            changed = change(_table(number))
            return changed if isinstance(changed, bytes) else changed.encode()

        return Case(f"csv {name}", "csv", "amount", says, as_text(content))

    good, header = (Decimal("1.500"),), ",".join(_NAMES)
    swapped = header.replace("amount,pieces", "pieces,amount")
    return [
        *(
            made(f"delimiter {delimiter!r}", (), lambda text, d=delimiter: text.replace(",", d))
            for delimiter in (";", "\t", "|", ":", "^")
        ),
        made("sep= line", (), lambda text: "sep=,\n" + text),
        made("sep=; line", (), lambda text: "sep=;\n" + text.replace(",", ";")),
        made("titles above", (), lambda text: "Report of May\n\n" + text),
        made("upper case names", (), lambda text: text.replace(header, header.upper())),
        made("lines end with CR", (), lambda text: text.replace("\n", "\r")),
        made("lines end with CRLF", good, lambda text: text.replace("\n", "\r\n")),
        made("byte order mark", good, lambda text: "\ufeff" + text),
        made("UTF-16", (), lambda text: text.encode("utf-16")),
        made("Latin 1", (), lambda text: text.replace("tea", "th\xe9").encode("latin-1")),
        made("a name twice", (), lambda text: text.replace("pieces", "amount", 1)),
        made("a name twice in other case", (), lambda text: text.replace("pieces", "Amount", 1)),
        made("names swapped", (Decimal("3.000"),), lambda text: text.replace(header, swapped)),
        made("names with spaces", good, lambda text: text.replace("amount", " amount ", 1)),
        made("names quoted", good, lambda text: text.replace("amount", '"amount"', 1)),
        made("no header", (), lambda text: text.partition("\n")[2]),
        made("a column fewer in the rows", (), lambda text: text.replace(",true", "")),
        made("a column more in the rows", (), lambda text: text.replace(",true", ",true,true")),
        made("a trailing comma", (), lambda text: text.replace("\n", ",\n")),
        made("single quotes", (), lambda text: text.replace("1.50", "'1,50'")),
        made("backslash before a quote", (), lambda text: text.replace("tea", '"a\\"b"')),
        made("header again in the middle", good, lambda text: text + header + "\n"),
        made("decimal commas", (), lambda text: text.replace("1.50", '"1,50"')),
        made("cut in the last row", good, lambda text: text.rstrip("\n")[:-2]),
    ]


def _parquet() -> list[Case]:
    def typed(name: str, column: str, says: tuple[Any, ...], array: pa.Array, **how: Any) -> Case:
        return Case(f"parquet {name}", "parquet", column, says, in_parquet(column, array, **how))

    def two(values: list[Any], kind: pa.DataType | None = None) -> pa.Array:
        return pa.array(values, kind)

    local = NOON.replace(tzinfo=None)
    berlin = pa.timestamp("us", "Europe/Berlin")
    return [
        typed("bytes", "word", ("zoë",), two([b"a", "zoë".encode()], pa.binary())),
        typed("bytes, no UTF-8", "word", (), two([b"a", b"\xff"], pa.binary())),
        typed("fixed bytes", "word", (), two([b"aaaa", b"\xff\xfe\xfd\xfc"], pa.binary(4))),
        typed("a list in texts", "word", (), two([["a"], ["b"]])),
        typed("an object in texts", "word", (), two([{"a": 1}, {"a": 2}])),
        typed("whole doubles in texts", "word", ("77",), two([1.0, 77.0])),
        typed("doubles in texts", "word", ("0.1",), two([1.5, 0.1])),
        typed("large doubles in texts", "word", ("10000000000000000000000",), two([1.0, 1e22])),
        typed("NaN in texts", "word", (), two([1.0, float("nan")])),
        typed("floats of 32 bits in texts", "word", ("0.1",), two([1.5, 0.1], pa.float32())),
        typed("whole numbers in texts", "word", ("9007199254740993",), two([1, 9007199254740993])),
        typed(
            "decimals in texts", "word", ("1.10", "1.1"), two([Decimal("2.20"), Decimal("1.10")])
        ),
        typed("truths in texts", "word", ("true",), two([False, True])),
        typed("days in texts", "word", ("2024-05-01",), two([date(2024, 5, 2), date(2024, 5, 1)])),
        typed("a dictionary", "word", ("b",), two(["a", "b"]).dictionary_encode()),
        typed("large texts", "word", ("b",), two(["a", "b"], pa.large_string())),
        typed("doubles in amounts", "amount", (Decimal("0.100"),), two([1.5, 0.1])),
        typed("too fine doubles", "amount", (), two([1.5, 0.0005])),
        typed("too large doubles", "amount", (), two([1.5, 1e16])),
        typed("doubles past their digits", "amount", (), two([1.5, 9007199254740993.5 * 8])),
        typed("NaN in amounts", "amount", (), two([1.5, float("nan")])),
        typed("infinity in amounts", "amount", (), two([1.5, float("inf")])),
        typed("denormal amounts", "amount", (), two([1.5, 5e-324])),
        typed("fine decimals", "amount", (), two([Decimal("1.00000"), Decimal("1.00001")])),
        typed("decimals", "amount", (Decimal("1.100"),), two([Decimal("2.2"), Decimal("1.1")])),
        typed("truths in amounts", "amount", (), two([False, True])),
        typed("floats in whole numbers", "pieces", (3,), two([1.0, 3.0])),
        typed("broken floats in whole numbers", "pieces", (), two([1.0, 1.5])),
        typed("too large unsigned", "pieces", (), two([1, 2**64 - 1], pa.uint64())),
        typed("large floats in whole numbers", "pieces", (), two([1.0, 1e19])),
        typed("NaN in whole numbers", "pieces", (), two([1.0, float("nan")])),
        typed("numbers in truths", "is_new", (), two([0, 2])),
        typed(
            "int96",
            "made_at",
            (NOON,),
            two([local, local], pa.timestamp("ns")),
            use_deprecated_int96_timestamps=True,
        ),
        typed("naive times", "made_at", (), two([local, local], pa.timestamp("us"))),
        typed("naive times in ms", "made_at", (), two([local, local], pa.timestamp("ms"))),
        typed("times of a zone", "made_at", (NOON,), two([NOON, NOON], berlin)),
        typed(
            "times far ahead",
            "made_at",
            (),
            two([NOON, datetime(2201, 1, 1)], pa.timestamp("us", "UTC")),
        ),
        typed(
            "times long ago",
            "made_at",
            (),
            two([NOON, datetime(1899, 1, 1)], pa.timestamp("us", "UTC")),
        ),
        typed("seconds as numbers", "made_at", (), two([1714564800, 1714564801])),
        typed("days as times", "made_at", (), two([date(2024, 5, 1), date(2024, 5, 1)])),
        typed("days", "day", (date(2024, 5, 1),), two([date(2024, 5, 2), date(2024, 5, 1)])),
        typed(
            "days of 64 bits", "day", (date(2024, 5, 1),), two([date(2024, 5, 1)] * 2, pa.date64())
        ),
        typed("days far ahead", "day", (), two([date(2024, 5, 1), date(5000, 1, 1)])),
        typed("days as numbers", "day", (), two([19844, 19844])),
        typed("days as times of day", "day", (), two([1, 2], pa.time32("s"))),
        typed("lists", "nested", ('["a"]',), two([["b"], ["a"]])),
        typed("lists with NaN", "nested", (), two([[1.0], [float("nan")]])),
        typed("objects", "nested", ('{"a":1}',), two([{"a": 2}, {"a": 1}])),
        typed(
            "objects of large numbers",
            "nested",
            ('{"a":9007199254740993}',),
            two([{"a": 2}, {"a": 9007199254740993}]),
        ),
        typed("bytes in JSON", "nested", ("[1]",), two([b"[2]", b"[1]"], pa.binary())),
        typed("a NUL in a list", "nested", (), two([["b"], ["a\0"]])),
        typed(
            "a map",
            "nested",
            ('{"b":2}',),
            two([[("a", 1)], [("b", 2)]], pa.map_(pa.string(), pa.int64())),
        ),
        *(_twice(name) for name in ("word", "Word", "nested", "ID")),
    ]


def _twice(name: str) -> Case:
    def write(path: Path, number: int) -> None:
        plain: Write = in_parquet("word", pa.array(["a", "b"]))
        plain(path, number)
        pq.write_table(pq.read_table(path).append_column(name, pa.array(["x", "y"])), path)

    return Case(f"parquet name twice: {name}", "parquet", "word", (), write)
