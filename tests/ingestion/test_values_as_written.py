"""A value is read as it stands there or its row goes to quarantine, in every format alike."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from three_formats import FORMATS, deliver, loaded, reasons

from ingestion.readers.odd_lines import PIECE_BYTES, odd_lines

LOST = "a number that loses digits when it is read (put it in quotes)"
NO_NUMBER = "NaN or Infinity, which are no JSON"


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    ("nested", "reason"),
    [
        ("[9007199254740993e0]", LOST),
        ('{"a": 0.1000000000000000055}', LOST),
        ("[12345678901234567890.5]", LOST),
        ("[1e-400]", LOST),
        ("[4.9E-324]", LOST),
        ("[NaN]", NO_NUMBER),
        ('{"a": -Infinity}', NO_NUMBER),
        ("[1,]", "a comma after the last value"),
        ('{"a": 1 , }', "a comma after the last value"),
        (r'{"a": "x\u0000y"}', "a NUL character in a text"),
        (r'"[\"x\", 9007199254740993e0]"', LOST),
        ('"[1,]"', "a comma after the last value"),
        (r'"[{\"a\": 1, \"a\": 2}]"', "a key stands there twice"),
        ('"[1"', "not valid JSON"),
        (r'''"['a']"''', "not valid JSON"),
        (json.dumps(json.dumps('[{"a": 1}]')), "not valid JSON"),
        ('"' + "[" * 6000 + "]" * 6000 + '"', "not valid JSON"),
    ],
)
def test_json_that_would_be_read_otherwise_goes_to_quarantine(
    zone: Any, kind: str, nested: str, reason: str
) -> None:
    deliver(zone, kind, [{"nested": "[1]"}, {"nested": nested}])
    assert loaded(zone, kind, "id, nested") == [(1, "[1]")]
    [told] = reasons(zone)
    assert told.removeprefix("nested: ") == reason


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    "nested",
    [
        '{"a":0.30000000000000004,"b":-1234567890123.456,"c":[123456789012345678901234567890]}',
        r'["9007199254740993e0","1e-400 ,] NaN Infinity","a \\u0000 b","se-400"]',
        '"by phone"',
        r'"\"by phone\""',
        "[]",
    ],
)
def test_json_that_is_read_as_it_stands_is_loaded(zone: Any, kind: str, nested: str) -> None:
    deliver(zone, kind, [{"nested": nested}])
    assert loaded(zone, kind, "nested") == [(nested,)], reasons(zone)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_list_that_arrives_as_a_text_is_the_list(zone: Any, kind: str) -> None:
    as_text = r'"[{\"id\": 810, \"title\": \"Tee \\\"gr\u00fcn\\\"\"}]"'
    deliver(zone, kind, [{"nested": as_text}, {"nested": r'" {\"a\": [1]}"'}])
    assert loaded(zone, kind, "nested") == [
        (r'[{"id": 810, "title": "Tee \"grün\""}]',),
        ('{"a": [1]}',),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("77.0", "77"),
        ("-77.0", "-77"),
        ("1.50", "1.5"),
        ('"77.0"', "77.0"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("10000000000000000.0", "10000000000000000"),
        ("10000000000000000000000000.0", "10000000000000000000000000"),
        ("1234567890123456800000.0", "1234567890123456800000"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"),
        ("9007199254740993e0", None),
        ("0.1000000000000000055", None),
        ("1e-400", None),
        ("NaN", None),
        ("-Infinity", None),
        (r'"Xe\u0000na"', None),
    ],
)
def test_a_number_in_a_column_of_texts(zone: Any, value: str, text: str | None) -> None:
    deliver(zone, "jsonl", [{"word": '"a"'}, {"word": value}])
    assert loaded(zone, "jsonl", "word") == [("a",), *([(text,)] if text else [])]


NO_NUMBERS = ["1e999", "-1E999", "1e+999", "1.5e400", "nan", "-nan", "NAN", "inf", "-inf", "INF"]
NO_NUMBERS += ["Inf", "infinity", "-infinity", "INFINITY"]


@pytest.mark.parametrize("beside", ["1", "0.1000000000000000055"])
@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_no_double_holds_is_kept_as_it_stands_or_waits(
    zone: Any, value: str, beside: str
) -> None:
    """Whatever else stands in its line: one value that is odd has the whole line asked."""
    odd = [{"word": value}, {"nested": f'{{"a":[{value}]}}'}]
    deliver(zone, "jsonl", [{"word": '"a"'}, *({**row, "ratio": beside} for row in odd)])
    found = loaded(zone, "jsonl", "id, word, nested")
    said = {2: (2, value, None), 3: (3, None, f'{{"a":[{value}]}}')}
    assert [row for row in found if row[0] > 1] == [said[row[0]] for row in found if row[0] > 1]
    assert len(found) + len(reasons(zone)) == 3


def test_that_numbers_came_as_texts_is_told(zone: Any) -> None:
    report = deliver(zone, "jsonl", [{"word": '"a"'}, {"word": "77.0"}, {"word": "null"}])
    assert report.drift == {"shop_rows_jsonl": {"changed": ["word (numbers where a text belongs)"]}}
    other = deliver(zone, "jsonl", [{"word": '"a"', "nested": '{"word": 77.5}'}])
    assert not other.drift


@pytest.mark.parametrize("value", ["1e-400", "9007199254740993.5e0", "NaN", "1e999", "Infinity"])
def test_an_amount_that_is_none_goes_to_quarantine(zone: Any, value: str) -> None:
    deliver(zone, "jsonl", [{"amount": "1.5"}, {"amount": value}])
    assert loaded(zone, "jsonl", "id, amount") == [(1, Decimal("1.500"))]


def test_digits_lost_in_a_field_that_nobody_declared_cost_no_row(zone: Any) -> None:
    deliver(zone, "jsonl", [{"word": '"a"', "ratio": "0.33333333333333333333"}])
    assert loaded(zone, "jsonl", "word") == [("a",)]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    "time",
    [
        "2024-05-01T12:00:00+25:00",
        "2024-05-01T12:00:00+14:30",
        "2024-05-01T12:00:00-15:00",
        "2024-05-01T12:00:00+02:75",
        "0000-05-01T12:00:00Z",
        "0024-05-01T12:00:00Z",
        "1899-12-31T23:59:59Z",
        "2201-01-01T00:00:00Z",
        "infinity",
        "-infinity",
    ],
)
def test_a_time_that_cannot_be_goes_to_quarantine(zone: Any, kind: str, time: str) -> None:
    good = '"2024-05-01T12:00:00+14:00"'
    deliver(zone, kind, [{"made_at": good}, {"made_at": f'"{time}"'}])
    assert loaded(zone, kind, "made_at") == [(datetime(2024, 4, 30, 22),)]
    [reason] = reasons(zone)
    assert reason.startswith("made_at: ")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    "day", ["infinity", "-infinity", "5000000-01-01", "0024-05-01", "1899-12-31", "2201-01-01"]
)
def test_a_day_that_cannot_be_goes_to_quarantine(zone: Any, kind: str, day: str) -> None:
    deliver(zone, kind, [{"day": '"1900-01-01"'}, {"day": f'"{day}"'}])
    assert loaded(zone, kind, "day") == [(date(1900, 1, 1),)]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_birth_may_be_of_any_year(zone: Any, kind: str) -> None:
    deliver(zone, kind, [{"born": '"1889-02-03"'}, {"born": '"infinity"'}])
    assert loaded(zone, kind, "born") == [(date(1889, 2, 3),)]


def test_a_uuid_is_no_small_number_and_a_price_no_whole_one() -> None:
    lines = [
        '{"id": "550e8400-e29b-41d4-3e-4", "price": "12.0", "at": "2026-01-01T00:00:00.000Z"}\n',
        '{"n": 1.5e-7}\n',
        '{"n": [77.0, 1]}\n',
        '{"n": -2e-400}\n',
        '{"id": "a:1e-4", "n": 12}\n',
    ]
    data = "".join(lines).encode()
    bounds = np.cumsum([0, *map(len, lines)])
    found = odd_lines(data, bounds)
    assert found is not None
    # The last one costs a look, and is sound: the text after a colon may be a number.
    assert found.tolist() == [False, True, True, True, True]


@pytest.mark.parametrize(
    "text",
    [
        '"n": [1 ]',
        '"n": Infinity',
        '"n": 1e-9',
        '"n": 7.0',
        '"n": 1234567890.123456',
        r'"n": "\u0000"',
    ],
)
def test_an_odd_line_is_found_wherever_it_lies_in_a_block(text: str) -> None:
    plain = b'{"n": "abcdefghijk"}\n'
    odd = f"{{{text}}}\n".encode()
    for before in range(PIECE_BYTES - len(odd) - 2, PIECE_BYTES + 66, 3):
        start = before // len(plain) * len(plain)
        filler = b'{"n": "' + b"x" * (before - start + 11) + b'"}\n'
        data = plain * (before // len(plain)) + filler + odd + plain * 9
        bounds = np.concatenate([[0], np.flatnonzero(np.frombuffer(data, np.uint8) == 10) + 1])
        found = odd_lines(data, bounds)
        assert found is not None
        assert np.flatnonzero(found).tolist() == [before // len(plain) + 1]


def test_a_late_odd_line_is_asked_and_nothing_is_lost(zone: Any) -> None:
    """The reader learns of it when most of the file is read; the file is read again."""
    sound = [{"nested": "[1]", "word": f'"{"x" * 100}"'}] * 30_000
    deliver(zone, "jsonl", [*sound, {"nested": "[1e-400]"}, {"nested": "[2]"}])
    assert len(loaded(zone, "jsonl", "id")) == 30_001
    assert reasons(zone) == [f"nested: {LOST}"]
