"""Cases of `reality_silent.py`: odd values, each in CSV, JSON lines and Parquet alike."""

import json
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from reality_silent_case import BARE, GOOD, Case, in_csv, in_json, in_parquet

Says = dict[str, tuple[Any, ...]]
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")


def values() -> list[Case]:
    """Every odd value in every format; in JSON lines as a number and as a text where it can be
    both."""
    columns: dict[str, Says] = {
        "amount": _amounts(),
        "pieces": _pieces(),
        "is_new": _truths(),
        "made_at": _times(),
        "day": _days(),
        "word": _words(),
        "nested": _nested(),
    }
    return [
        case
        for column, says in columns.items()
        for text, said in says.items()
        for case in _in_every_format(column, text, said)
    ] + _json_numbers_in_texts()


def _in_every_format(column: str, text: str, says: tuple[Any, ...]) -> list[Case]:
    name = f"{column} {text!r:.50}"
    found = [
        Case(f"csv {name}", "csv", column, says, in_csv(column, text)),
        Case(
            f"parquet {name}",
            "parquet",
            column,
            says,
            in_parquet(column, pa.array([GOOD[column], text], pa.string())),
        ),
    ]
    if column == "nested" or (column in BARE and _JSON_NUMBER.fullmatch(text)):
        found.append(Case(f"json {name}", "jsonl", column, says, in_json(column, text)))
    if column != "nested":
        quoted = in_json(column, json.dumps(text))
        found.append(Case(f"json text {name}", "jsonl", column, says, quoted))
    return found


def _amounts() -> Says:
    """Of a decimal(18,3): fifteen digits before the point, three behind it."""
    exact = [
        *("1e2", "1.5E1", "1e-3", "0.001", "-0", "5.000", "123456789012345.678", "1e14", "0e0"),
        *("-1.5e-1", "100e-2", "999999999999999.999", "-999999999999999.999", "1.20"),
    ]
    written_otherwise = {"+5": "5", " 5 ": "5", "5.": "5", ".5": "0.5", "−5": "-5", "١٢": "12"}
    wrong = [
        *("9007199254740993e0", "1e-400", "4.9E-324", "0.0005", "1e-4", "1234567890123456.789"),
        *("1e15", "1e999", "-1e999", "1e400", "NaN", "nan", "NAN", "-nan", "Infinity", "-Infinity"),
        *("inf", "-inf", "+Inf", "INF", "1,234.56", "1.234,56", "1,5", "$5", "5 EUR", "5%", "0x1F"),
        *("0b1", "1_000", "½", "--5", "1e", "e5", "5-", "(5)", "1 000", "1'000", "1d5", "1e1.5"),
        *("12.3.4", "five", "true", "[5]", "5;", "0.30000000000000004", "1.0000000000000000001"),
    ]
    says: Says = {text: (Decimal(text).quantize(Decimal("0.001")),) for text in exact}
    says |= {t: (Decimal(n).quantize(Decimal("0.001")),) for t, n in written_otherwise.items()}
    return says | {text: () for text in wrong}


def _pieces() -> Says:
    exact = {
        "9007199254740993": 9007199254740993,
        "9223372036854775807": 9223372036854775807,
        "-9223372036854775808": -9223372036854775808,
        "1.0": 1,
        "1e3": 1000,
        "-0": 0,
        "007": 7,
        "+7": 7,
        " 7": 7,
    }
    wrong = [
        *("9223372036854775808", "-9223372036854775809", "1.5", "1e-1", "1e19", "0x10", "true"),
        *("NaN", "inf", "12abc", "1,000", "1.000,0", "9007199254740993.5", "1e400", "٣x", "1e0.5"),
    ]
    return {text: (value,) for text, value in exact.items()} | {text: () for text in wrong}


def _truths() -> Says:
    says: Says = {text: (True,) for text in ("TRUE", "True", "1", "t", "yes", "y", "on")}
    says |= {text: (False,) for text in ("FALSE", "False", "0", "f", "no", "n", "off")}
    return says | {text: () for text in ("2", "-1", "1.5", "maybe", "nan", "wahr", "truefalse")}


def _times() -> Says:
    """In UTC, as raw holds them."""
    noon = datetime(2024, 5, 1, 12)
    exact = {
        "2024-05-01T12:00:00Z": noon,
        "2024-05-01 12:00:00+00": noon,
        "2024-05-01T14:00:00+02:00": noon,
        "2024-05-01T14:00:00+0200": noon,
        "2024-05-01T14:00:00+02": noon,
        "2024-05-01T12:00:00.5Z": noon.replace(microsecond=500_000),
        "2024-05-01T12:00:00.123456Z": noon.replace(microsecond=123_456),
        "2024-05-01T12:00:00.123456000Z": noon.replace(microsecond=123_456),
        "2024-05-02T02:00:00+14:00": noon,
        "2024-05-01T00:00:00-12:00": noon,
        "2024-05-01T17:45:00+05:45": noon,
        "2024-05-01T12:00:00z": noon,
        "2024-05-01T12:00Z": noon,
        "2024-05-01T24:00:00Z": datetime(2024, 5, 2),
        "1900-01-01T00:00:00Z": datetime(1900, 1, 1),
        "2200-12-31T23:59:59Z": datetime(2200, 12, 31, 23, 59, 59),
    }
    wrong = [
        *("2024-05-01T12:00:00+14:01", "2024-05-01T12:00:00+25:00", "2024-05-01T12:00:00-15:00"),
        *("2024-05-01T12:00:00+02:75", "2024-05-01T12:00:00+99", "2024-05-01T12:00:00"),
        *(
            "0000-05-01T12:00:00Z",
            "0024-05-01T12:00:00Z",
            "1899-12-31T23:59:59Z",
            "24-05-01T12:00Z",
        ),
        *("2201-01-01T00:00:00Z", "9999-12-31T00:00:00Z", "infinity", "-infinity", "epoch", "now"),
        *("today", "2024-02-30T12:00:00Z", "2023-02-29T12:00:00Z", "05/01/2024 12:00:00Z", "never"),
        *("01.05.2024 12:00:00Z", "2024-W18-3T12:00:00Z", "1714564800", "2024-05-01T25:00:00Z"),
        *("2024-05-01T12:60:00Z", "2024-13-01T12:00:00Z", "5000000-01-01T00:00:00Z", "2024"),
        *(
            "2024-05-01T12:00:00 EST",
            "2024-05-01T12:00:00Z extra",
            "May 1 2024",
            "-2024-05-01T12:00Z",
        ),
    ]
    return {text: (value,) for text, value in exact.items()} | {text: () for text in wrong}


def _days() -> Says:
    first = date(2024, 5, 1)
    exact = {
        "2024-05-01": first,
        "2024-5-1": first,
        "20240501": first,
        " 2024-05-01 ": first,
        "2024-05-01T00:00:00Z": first,
        "1900-01-01": date(1900, 1, 1),
        "2200-12-31": date(2200, 12, 31),
        "2024-02-29": date(2024, 2, 29),
    }
    wrong = [
        *("infinity", "-infinity", "5000000-01-01", "0024-05-01", "0000-00-00", "1899-12-31"),
        *("2201-01-01", "2024-02-30", "2023-02-29", "05/01/2024", "01.05.2024", "May 1 2024"),
        *(
            "2024-05-01x",
            "epoch",
            "today",
            "2024-13-01",
            "24-05-01",
            "2024-05",
            "45413",
            "-1-01-01",
        ),
    ]
    return {text: (value,) for text, value in exact.items()} | {text: () for text in wrong}


def _words() -> Says:
    kept = [
        *("NULL", "null", "nan", "None", "\\N", "007", "1e5", "77.0", "9007199254740993e0", "TRUE"),
        *(
            "=1+1",
            " padded ",
            "tab\there",
            "two\nlines",
            'a "quote"',
            "comma, semi;",
            "ü",
            "u\u0308",
        ),
        *(
            "\u200bhidden\u200b",
            "😀",
            "\ufeffmark",
            "x" * 70_000,
            "[not json",
            "{}",
            "[1,]",
            "'",
            "a\rb",
        ),
        *("\u202eright", "\u2028line", "-", "0", "\x1f", "\x7f", "2024-05-01", "\u00a0"),
    ]
    return {text: (text,) for text in kept} | {"nul\0here": ()}


def _nested() -> Says:
    """Valid JSON is itself; what a parser would change has to wait."""
    kept = [
        '{"a":0.30000000000000004}',
        "[123456789012345678901234567890]",
        '["9007199254740993e0"]',
        '["1e-400 ,] NaN"]',
        "[]",
        "{}",
        '{"a":{"b":[1,2,{"c":null}]}}',
        '["\\u00e9\\ud83d\\ude00"]',
        "[1.0,1e2]",
        '{"":1}',
        "[true,false,null]",
        # Text that no reader of JSON takes for another number: kept as it stands, or set aside.
        "[1e400]",
        "[nan]",
    ]
    wrong = [
        *("[9007199254740993e0]", '{"a": 0.1000000000000000055}', "[12345678901234567890.5]"),
        *("[1e-400]", "[4.9E-324]", "[NaN]", '{"a": -Infinity}', "[1,]", '{"a": 1 , }'),
        *(
            '{"a": "x\\u0000y"}',
            '[{"a": 1, "a": 2}]',
            "[1",
            "['a']",
            "[01]",
            "[+1]",
            "[.5]",
            "[0x1]",
        ),
        *(
            "[1 2]",
            '{"a" 1}',
            "{a: 1}",
            "[undefined]",
            "[1]]",
            '["\\ud800"]',
            "[Infinity]",
        ),
    ]
    return {text: (text,) for text in kept} | {text: () for text in wrong}


def _json_numbers_in_texts() -> list[Case]:
    """What a JSON number is as a text; a whole one is the text of that number."""
    says: Says = {
        "77.0": ("77",),
        "-77.0": ("-77",),
        "1.50": ("1.5", "1.50"),
        "1e2": ("100", "100.0"),  # the drift line says that numbers came
        "1e999": ("1e999",),
        "0.1": ("0.1",),
        "12345678901234567890123": ("12345678901234567890123",),
        "10000000000000000.0": ("10000000000000000",),
        "9007199254740993": ("9007199254740993",),
        "true": ("true",),
        "null": (None,),
    }
    wrong = [
        *("9007199254740993e0", "0.1000000000000000055", "1e-400", "NaN", "-Infinity"),
        *("{}", "[1]", '{"a":1}', '"Xe\\u0000na"', '"\\ud800"'),
    ]
    says |= {token: () for token in wrong}
    return [
        Case(f"json word {token}", "jsonl", "word", said, in_json("word", token))
        for token, said in says.items()
    ]
