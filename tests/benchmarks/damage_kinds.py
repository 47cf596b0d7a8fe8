"""Damaged extracts: each kind of damage as a function of a sound file and a seeded generator,
with what a reader must say of it."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from damage_files import COLUMNS, HEADER, PACK, Damaged, Row, Sound, json_line, parquet


def _pick(file: Sound, rng: Random) -> int:
    return rng.randrange(1, len(file.rows) - 1)


def _edit(reason: str, **values: Any) -> Callable[[Sound, Random], Damaged]:
    """One row with other values; None takes the key out of it."""

    def damage(file: Sound, rng: Random) -> Damaged:
        at = _pick(file, rng)
        gone = {name for name, value in values.items() if value is None}
        row = file.rows[at] | values
        if file.format == "jsonl":
            row = _without(*gone)(row)
        return Damaged(
            file.text([*file.rows[:at], row, *file.rows[at + 1 :]]),
            reason,
            frozenset([file.first_line + at]),
        )

    return damage


def _line(text: str, reason: str) -> Callable[[Sound, Random], Damaged]:
    """One line put in between."""

    def damage(file: Sound, rng: Random) -> Damaged:
        at = _pick(file, rng)
        lines = file.text().split(b"\n")
        number = file.first_line + at
        return Damaged(
            b"\n".join([*lines[: number - 1], text.encode(), *lines[number - 1 :]]),
            reason,
            frozenset([number]),
        )

    return damage


def _every(
    reason: str, change: Callable[[Row], Row], **fields: Any
) -> Callable[[Sound, Random], Damaged]:
    """Every row changed in the same way; a CSV or Parquet file gets the header
    that belongs to it."""

    def damage(file: Sound, rng: Random) -> Damaged:
        rows = [change(row) for row in file.rows]
        header = [HEADER.get(name, name) for name in rows[0]]
        return replace(Damaged(file.text(rows, header), reason, None), **fields)

    return damage


def _renamed(old: str, new: str) -> Callable[[Row], Row]:
    return lambda row: {new if name == old else name: value for name, value in row.items()}


def _without(*names: str) -> Callable[[Row], Row]:
    """The columns are not there at all."""
    return lambda row: {name: value for name, value in row.items() if name not in names}


def _swapped_keys(row: Row) -> Row:
    """The names of two columns of different types change places."""
    names = {"amount": "created_at", "created_at": "amount"}
    return {names.get(name, name): value for name, value in row.items()}


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
    at = _pick(file, rng)
    return Damaged(file.text([*file.rows[:at], *file.rows[at + 1 :]]), ".", None, knowable=False)


def _doubled(file: Sound, rng: Random) -> Damaged:
    at = _pick(file, rng)
    number = file.first_line + at
    text = file.text([*file.rows[: at + 1], *file.rows[at:]])
    return Damaged(text, f"lines {number} and {number + 1} have the same id", None)


def _same_key(file: Sound, rng: Random) -> Damaged:
    at, rows = _pick(file, rng), list(file.rows)
    rows[at + 1] = rows[at + 1] | {"id": rows[at]["id"], "created_at": rows[at]["created_at"]}
    number = file.first_line + at
    return Damaged(file.text(rows), f"lines {number} and {number + 1} have the same id", None)


def _swapped_values(file: Sound, rng: Random) -> Damaged:
    at, rows = _pick(file, rng), list(file.rows)
    rows[at] = rows[at] | {"email": rows[at]["country"], "country": rows[at]["email"]}
    return Damaged(file.text(rows), ".", None, knowable=False)


def _lost_value(file: Sound, rng: Random) -> Damaged:
    damaged = _edit(".", email=None)(file, rng)
    return replace(damaged, knowable=False)


def _future(file: Sound, rng: Random) -> Damaged:
    damaged = _edit("created_at is after the load in line", created_at="2099-01-01T00:00:00Z")(
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
    at, rows = _pick(file, rng), list(file.rows)
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
    return _every("unknown.*gift", lambda row: row | {"gift": "yes"})(file, rng)


def _other_order(file: Sound, rng: Random) -> Damaged:
    names = rng.sample(COLUMNS, len(COLUMNS))
    return _every(".", lambda row: {name: row[name] for name in names}, legal=True)(file, rng)


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
    at, rows = _pick(file, rng), list(file.rows)
    line = json_line(rows[at])
    rows[at] = {"_": line[:-1] + ',"amount":"9.99"}'}
    return Damaged(file.text(rows), "a key stands there twice", frozenset([file.first_line + at]))


def _nested_key_twice(file: Sound, rng: Random) -> Damaged:
    at, rows, reason = _pick(file, rng), list(file.rows), "lines: a key stands there twice"
    lines = rows[at]["lines"].replace('"n"', '"sku"')
    line = json_line(rows[at]).replace(rows[at]["lines"], lines)
    rows[at] = {"_": line} if file.format == "jsonl" else rows[at] | {"lines": lines}
    return Damaged(file.text(rows), reason, frozenset([file.first_line + at]))


LONG = {"full": 100 << 20, "slice": 17 << 20}
BOMB = {"full": 1 << 30, "slice": 80 << 20}
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
    "optional column no longer filled": (JSONL, _every("email filled in 0%", _without("email"))),
    "optional column missing": (("csv", "parquet"), _every("missing.*email", _without("email"))),
    "optional column of nulls": (
        ALL,
        _every("email filled in 0%", lambda row: row | {"email": None}),
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
            r"last line \(line 1, up to byte \d+\) has no line end",
        ),
    ),
    "other order of columns": (ALL, _other_order),
    "column added": (ALL, _added),
    "required column missing": (ALL, _every("lacks amount|amount: missing", _without("amount"))),
    "required column renamed": (
        ALL,
        _every("lacks amount|amount: missing", _renamed("amount", "Amount")),
    ),
    "optional column renamed": (ALL, _every("unknown.*mail", _renamed("email", "mail"))),
    "columns swapped": (
        ALL,
        _every("amount: not a number|created_at: not a timestamp", _swapped_keys),
    ),
    "column twice": (CSV, _double_column),
    "key twice": (JSONL, _double_key),
    "nested key twice": (ALL, _nested_key_twice),
    "type: fraction": (ALL, _edit("pieces: not a whole number", pieces="1.5")),
    "type: word": (ALL, _edit(f"amount: not {WORDS}", amount="free")),
    "type: digits": (ALL, _edit(f"amount: not {WORDS}", amount="1.239")),
    "type: naive time": (
        ALL,
        _edit("created_at: not a timestamp with Z", created_at="2024-05-01T12:00:00"),
    ),
    "type: no such day": (
        ALL,
        _edit("created_at: not a timestamp with Z", created_at="2024-02-30T12:00:00Z"),
    ),
    "type: truth": (ALL, _edit("is_test: not true or false", is_test="yes")),
    "type: all rows": (
        ALL,
        _every("pieces: not a whole number", lambda row: row | {"pieces": "many"}),
    ),
    "required value missing": (ALL, _edit("amount: missing", amount=None)),
    "nesting: object for a text": (
        JSONL,
        _edit("email: an object or a list", email={"value": "a"}),
    ),
    "nesting: list for a number": (JSONL, _edit("pieces: not a whole number", pieces=[1])),
    "nesting: value for an object": (
        JSONL,
        _edit("customer: not an object", country=None, customer=7),
    ),
    "blank line": (TEXT, _line("", "blank line")),
    "null row": (JSONL, _line("null", "not a JSON object")),
    "row of nothing": (CSV, _line("," * (len(COLUMNS) - 1), "id: missing; amount: missing")),
    "row too short": (CSV, _line("1,2", "has 2 fields where the header has")),
    "stray quote": (
        CSV,
        _line('1,a"b,DE,1.00,1,true,[],2024-05-01T10:00:00Z', "a quote inside a value"),
    ),
    "open quote": (CSV, _line('1,"a,DE,1.00,1,true,[],2024-05-01T10:00:00Z', "quote")),
    "broken object": (JSONL, _line('{"id":1,"amount":', "not valid JSON")),
}


def packed(kind: str, data: bytes, suffix: str, rng: Random, size: str) -> Damaged:
    """Damage to the packed bytes (`data`, sound) of a file named with `suffix`."""
    form = {".gz": "gzip", ".zst": "zstd"}[suffix]
    if kind == "packed: cut":
        return Damaged(
            data[: rng.randrange(1, len(data))],
            f"truncated {form}: it ends at byte \\d+|is not {form}",
        )
    if kind == "packed: bit flipped":
        at = rng.randrange(len(data))
        flipped = data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
        return Damaged(
            flipped,
            "(broken|truncated|is not|trailing bytes after the end of the)"
            f" {form}.*byte|zip bomb.*byte",
        )
    if kind == "packed: garbage":
        return Damaged(
            data + rng.randbytes(rng.randrange(1, 40)),
            f"trailing bytes after the end of the {form} data, from byte|{form}",
        )
    if kind == "packed: nothing":
        return Damaged(b"", "is empty|has no rows")
    if kind == "packed: not at all":
        return Damaged(b"{}" + rng.randbytes(8), f"is not {form} although its name ends in")
    line = b"{" + b" " * (1 << 20) + b"}\n"
    return Damaged(
        PACK[suffix](line * (BOMB[size] // len(line))), "at byte \\d+\\): taken for a zip bomb"
    )


PACKED_KINDS = (
    "packed: cut",
    "packed: bit flipped",
    "packed: garbage",
    "packed: nothing",
    "packed: not at all",
)


def long_line(file: Sound, size: str) -> Damaged:
    """A line of 100 MB after the sound ones."""
    number = file.first_line + len(file.rows)
    return Damaged(
        file.text() + b'"' + b"x" * LONG[size] + b'"\n',
        f"line {number} \\(from byte \\d+\\) is longer than",
    )
