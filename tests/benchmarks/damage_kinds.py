"""Damaged extracts: each kind of damage as a function of a sound file and a seeded generator,
with what a reader must say of it."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from damage_edits import edit, every, line_between, pick, renamed, swapped_keys, without
from damage_files import COLUMNS, HEADER, Damaged, Sound, json_line, parquet


def _cut(file: Sound, rng: Random) -> Damaged:
    text = file.text()
    at = rng.randrange(1, len(text) - 1)
    while text[at - 1 : at] == b"\n":
        at += 1
    if file.format == "parquet":
        return Damaged(text[:at], "not a readable Parquet file")
    line = text.count(b"\n", 0, at) + 1
    return Damaged(text[:at], f"last line \\(line {line}, up to byte {at}\\) has no line end", None)


def _cut_line(file: Sound, rng: Random) -> Damaged:
    kept = rng.randrange(1, len(file.rows))
    return Damaged(
        file.text(file.rows[:kept]), "where the smallest of the last", None, knowable=False
    )


def _flip(file: Sound, rng: Random) -> Damaged:
    data = bytearray(file.text())
    at = rng.randrange(len(data))
    data[at] ^= 1 << rng.randrange(8)
    if file.format == "parquet":
        return Damaged(bytes(data), "Parquet", None, knowable=False)
    line = bytes(data).count(b"\n", 0, at) + 1
    # A line end that came or went moves the fault to the line before or after; a lost
    # quote joins it to them.
    return Damaged(bytes(data), ".", frozenset(range(max(line - 1, 1), line + 3)), knowable=False)


def _deleted(file: Sound, rng: Random) -> Damaged:
    at = pick(file, rng)
    return Damaged(file.text([*file.rows[:at], *file.rows[at + 1 :]]), ".", None, knowable=False)


def _doubled(file: Sound, rng: Random) -> Damaged:
    at = pick(file, rng)
    number = file.first_line + at
    text = file.text([*file.rows[: at + 1], *file.rows[at:]])
    return Damaged(text, f"lines {number} and {number + 1} have the same id", None)


def _same_key(file: Sound, rng: Random) -> Damaged:
    at, rows = pick(file, rng), list(file.rows)
    rows[at + 1] = rows[at + 1] | {"id": rows[at]["id"], "created_at": rows[at]["created_at"]}
    number = file.first_line + at
    return Damaged(file.text(rows), f"lines {number} and {number + 1} have the same id", None)


def _swapped_values(file: Sound, rng: Random) -> Damaged:
    at, rows = pick(file, rng), list(file.rows)
    rows[at] = rows[at] | {"email": rows[at]["country"], "country": rows[at]["email"]}
    return Damaged(file.text(rows), ".", None, knowable=False)


def _lost_value(file: Sound, rng: Random) -> Damaged:
    damaged = edit(".", email=None)(file, rng)
    return replace(damaged, knowable=False)


def _future(file: Sound, rng: Random) -> Damaged:
    damaged = edit("created_at is after the load in line", created_at="2099-01-01T00:00:00Z")(
        file, rng
    )
    return replace(
        damaged,
        reason=f"created_at is after the load in line {min(damaged.lines or [0])}$",
        lines=None,
    )


def _nul(file: Sound, rng: Random) -> Damaged:
    text = file.text()
    at = rng.randrange(2, len(text) - 1)
    line = text.count(b"\n", 0, at) + 1
    return Damaged(text[:at] + b"\0" + text[at:], f"NUL byte at byte {at + 1}, line {line}")


def _latin(file: Sound, rng: Random) -> Damaged:
    at, rows = pick(file, rng), list(file.rows)
    rows[at] = rows[at] | {"country": "Österreich"}
    return Damaged(
        file.text(rows).decode().encode("latin-1"),
        f"is not UTF-8 at byte \\d+, line {file.first_line + at}",
    )


def _encoded(encoding: str) -> Callable[[Sound, Random], Damaged]:
    return lambda file, rng: Damaged(file.text().decode().encode(encoding), "UTF-16")


def _garbage(file: Sound, rng: Random) -> Damaged:
    rubbish = rng.choice(["</html>", "#EOF", "504 Gateway Time-out"])
    number = file.first_line + len(file.rows)
    if rng.random() < 0.5:
        return Damaged(
            file.text() + rubbish.encode(),
            f"last line \\(line {number}, up to byte \\d+\\) has no line end",
        )
    reason = "not valid JSON" if file.format == "jsonl" else "has 1 fields where the header has"
    return Damaged(file.text() + rubbish.encode() + b"\n", reason, frozenset([number]))


def _added(file: Sound, rng: Random) -> Damaged:
    return every("unknown.*gift", lambda row: row | {"gift": "yes"})(file, rng)


def _other_order(file: Sound, rng: Random) -> Damaged:
    names = rng.sample(COLUMNS, len(COLUMNS))
    return every(".", lambda row: {name: row[name] for name in names}, legal=True)(file, rng)


def _header_only(file: Sound, rng: Random) -> Damaged:
    names = rng.sample(COLUMNS, len(COLUMNS))
    header = [HEADER[name] for name in names]
    return Damaged(
        parquet([], names) if file.format == "parquet" else file.text([], header), "has no rows"
    )


def _double_column(file: Sound, rng: Random) -> Damaged:
    lines = file.text().split(b"\n")
    return Damaged(
        b"\n".join(line + b",x" if i else line + b",amount" for i, line in enumerate(lines[:-1]))
        + b"\n",
        "'amount' twice",
    )


def _double_key(file: Sound, rng: Random) -> Damaged:
    at, rows = pick(file, rng), list(file.rows)
    line = json_line(rows[at])
    rows[at] = {"_": line[:-1] + ',"amount":"9.99"}'}
    return Damaged(file.text(rows), "a key stands there twice", frozenset([file.first_line + at]))


def _nested_key_twice(file: Sound, rng: Random) -> Damaged:
    at, rows, reason = pick(file, rng), list(file.rows), "lines: a key stands there twice"
    lines = rows[at]["lines"].replace('"n"', '"sku"')
    line = json_line(rows[at]).replace(rows[at]["lines"], lines)
    rows[at] = {"_": line} if file.format == "jsonl" else rows[at] | {"lines": lines}
    return Damaged(file.text(rows), reason, frozenset([file.first_line + at]))


TEXT, JSONL, CSV, ALL = ("jsonl", "csv"), ("jsonl",), ("csv",), ("jsonl", "csv", "parquet")
WORDS = "a number with at most 2 digits"
Kind = Callable[[Sound, Random], Damaged]

# Damage to the text (or to the whole of a Parquet file), before it is packed.
KINDS: dict[str, tuple[tuple[str, ...], Kind]] = {
    "cut at a byte": (ALL, _cut),
    "cut at a line end": (ALL, _cut_line),
    "bit flipped": (ALL, _flip),
    "row deleted": (ALL, _deleted),
    "row doubled": (ALL, _doubled),
    "two rows of one key": (ALL, _same_key),
    "values of one type swapped": (ALL, _swapped_values),
    "one optional value lost": (ALL, _lost_value),
    "optional column no longer filled": (JSONL, every("email filled in 0%", without("email"))),
    "optional column missing": (("csv", "parquet"), every("missing.*email", without("email"))),
    "optional column of nulls": (
        ALL,
        every("email filled in 0%", lambda row: row | {"email": None}),
    ),
    "time in the future": (ALL, _future),
    "NUL byte": (TEXT, _nul),
    "Latin-1": (TEXT, _latin),
    "UTF-16": (TEXT, _encoded("utf-16")),
    "UTF-16 without mark": (TEXT, _encoded("utf-16-le")),
    "trailing garbage": (TEXT, _garbage),
    "empty": (
        TEXT,
        lambda file, rng: Damaged(
            b"\n" * rng.randrange(0, 2), "has no rows|is empty|blank line|is no header"
        ),
    ),
    "header only": (("csv", "parquet"), _header_only),
    "byte order mark": (TEXT, lambda file, rng: Damaged(b"\xef\xbb\xbf" + file.text(), legal=True)),
    "CRLF": (TEXT, lambda file, rng: Damaged(file.text().replace(b"\n", b"\r\n"), legal=True)),
    "CR": (
        TEXT,
        lambda file, rng: Damaged(
            file.text().replace(b"\n", b"\r"),
            "line 1: its lines end with CR alone",
        ),
    ),
    "other order of columns": (ALL, _other_order),
    "column added": (ALL, _added),
    "required column missing": (ALL, every("lacks amount|amount: missing", without("amount"))),
    "required column renamed": (
        ALL,
        every("lacks amount|amount: missing", renamed("amount", "Amount")),
    ),
    "optional column renamed": (ALL, every("unknown.*mail", renamed("email", "mail"))),
    "columns swapped": (
        ALL,
        every("amount: not a number|created_at: not a timestamp", swapped_keys),
    ),
    "column twice": (CSV, _double_column),
    "key twice": (JSONL, _double_key),
    "nested key twice": (ALL, _nested_key_twice),
    "type: fraction": (ALL, edit("pieces: not a whole number", pieces="1.5")),
    "type: word": (ALL, edit(f"amount: not {WORDS}", amount="free")),
    "type: digits": (ALL, edit(f"amount: not {WORDS}", amount="1.239")),
    "type: naive time": (
        ALL,
        edit("created_at: not a timestamp with Z", created_at="2024-05-01T12:00:00"),
    ),
    "type: no such day": (
        ALL,
        edit("created_at: not a timestamp with Z", created_at="2024-02-30T12:00:00Z"),
    ),
    "type: truth": (ALL, edit("is_test: not true or false", is_test="yes")),
    "type: all rows": (
        ALL,
        every("pieces: not a whole number", lambda row: row | {"pieces": "many"}),
    ),
    "required value missing": (ALL, edit("amount: missing", amount=None)),
    "nesting: object for a text": (
        JSONL,
        edit("email: an object or a list", email={"value": "a"}),
    ),
    "nesting: list for a number": (JSONL, edit("pieces: not a whole number", pieces=[1])),
    "nesting: value for an object": (
        JSONL,
        edit("customer: not an object", country=None, customer=7),
    ),
    "blank line": (TEXT, line_between("", "blank line")),
    "null row": (JSONL, line_between("null", "not a JSON object")),
    "row of nothing": (CSV, line_between("," * (len(COLUMNS) - 1), "id: missing; amount: missing")),
    "row too short": (CSV, line_between("1,2", "has 2 fields where the header has")),
    "stray quote": (
        CSV,
        line_between('1,a"b,DE,1.00,1,true,[],2024-05-01T10:00:00Z', "a quote inside a value"),
    ),
    "open quote": (CSV, line_between('1,"a,DE,1.00,1,true,[],2024-05-01T10:00:00Z', "quote")),
    "broken object": (JSONL, line_between('{"id":1,"amount":', "not valid JSON")),
}
