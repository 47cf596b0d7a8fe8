"""Changes to single rows, lines and columns, of which kinds of damage are made."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from damage_files import HEADER, Damaged, Row, Sound


def pick(file: Sound, rng: Random) -> int:
    return rng.randrange(1, len(file.rows) - 1)


def edit(reason: str, **values: Any) -> Callable[[Sound, Random], Damaged]:
    """One row with other values; None takes the key out of it."""

    def damage(file: Sound, rng: Random) -> Damaged:
        at = pick(file, rng)
        gone = {name for name, value in values.items() if value is None}
        row = file.rows[at] | values
        if file.format == "jsonl":
            row = without(*gone)(row)
        return Damaged(
            file.text([*file.rows[:at], row, *file.rows[at + 1 :]]),
            reason,
            frozenset([file.first_line + at]),
        )

    return damage


def line_between(text: str, reason: str) -> Callable[[Sound, Random], Damaged]:
    """One line put in between."""

    def damage(file: Sound, rng: Random) -> Damaged:
        at = pick(file, rng)
        lines = file.text().split(b"\n")
        number = file.first_line + at
        return Damaged(
            b"\n".join([*lines[: number - 1], text.encode(), *lines[number - 1 :]]),
            reason,
            frozenset([number]),
        )

    return damage


def every(
    reason: str, change: Callable[[Row], Row], **fields: Any
) -> Callable[[Sound, Random], Damaged]:
    """Every row changed in the same way; a CSV or Parquet file gets the header
    that belongs to it."""

    def damage(file: Sound, rng: Random) -> Damaged:
        rows = [change(row) for row in file.rows]
        header = [HEADER.get(name, name) for name in rows[0]]
        return replace(Damaged(file.text(rows, header), reason, None), **fields)

    return damage


def renamed(old: str, new: str) -> Callable[[Row], Row]:
    return lambda row: {new if name == old else name: value for name, value in row.items()}


def without(*names: str) -> Callable[[Row], Row]:
    """The columns are not there at all."""
    return lambda row: {name: value for name, value in row.items() if name not in names}


def swapped_keys(row: Row) -> Row:
    """The names of two columns of different types change places."""
    names = {"amount": "created_at", "created_at": "amount"}
    return {names.get(name, name): value for name, value in row.items()}
