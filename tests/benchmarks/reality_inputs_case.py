"""One input of `reality_inputs.py`: files as a shop delivers them, night by night, and what has to
hold of the warehouse afterwards. People, orders and campaigns of an input are nobody else's."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import duckdb
from reality_odd_files import MAKERS, TABLES, changed, text_of
from reality_records import FIRST, Row, Rows, mail

from ingestion.contracts.contract import TableContract
from ingestion.entry import Entry

# Night → the business day of what comes before it.
DAYS = {1: "2026-06-30", 2: "2026-07-01", 3: "2026-07-02"}
_numbers = count(1_000)


@dataclass(frozen=True)
class File:
    """`path` below the landing zone; it is there before night `night`."""

    night: int
    path: str
    content: bytes


@dataclass
class Seen:
    """What the nights left: the published generation, the ledger, and why rows were set aside."""

    con: duckdb.DuckDBPyConnection
    entries: Mapping[str, Entry]
    reasons: Mapping[str, list[str]]


Check = Callable[[Seen], str]  # what is wrong, '' when nothing is


@dataclass(frozen=True)
class Input:
    """`kind` is what went wrong elsewhere, `name` where and how it is written here."""

    kind: str
    name: str
    files: tuple[File, ...]
    check: Check

    @property
    def nights(self) -> int:
        return max(file.night for file in self.files)


def fresh(people: int = 1) -> int:
    """The first of so many numbers that no other input has."""
    first = next(_numbers)
    for _ in range(people - 1):
        next(_numbers)
    return first


def key(n: int) -> int:
    """The id of whatever number `n` is; its vendors' ids hold it."""
    return FIRST + n


def records(table: str, n: int, **values: Any) -> Rows:
    """A whole record, by the contract's columns, and what belongs to it in other tables."""
    return [
        (name, changed(row, TABLES[name], values) if name == table else row)
        for name, row in MAKERS[table](n)
        if name != "klaviyo.metrics"  # a snapshot: the shop's own is whole
    ]


def record(table: str, n: int, **values: Any) -> Row:
    (row,) = (row for name, row in records(table, n, **values) if name == table)
    return row


def files(rows: Rows, part: int | str, night: int = 1, day: str = "") -> tuple[File, ...]:
    """One file a table."""
    by_table: dict[str, list[Row]] = defaultdict(list)
    for name, row in rows:
        by_table[name].append(row)
    return tuple(
        File(night, path(name, part, day or DAYS[night]), text_of(TABLES[name], of_table).encode())
        for name, of_table in by_table.items()
    )


def path(table: str, part: int | str, day: str = DAYS[1]) -> str:
    contract: TableContract = TABLES[table]
    return contract.files.rstrip("*").replace("*", f"{day}-{part}")


def says(query: str, *rows: Any) -> Check:
    """A query's rows, in any order; a row of one column may be given bare."""
    wanted = sorted(map(repr, (_plain(row if isinstance(row, tuple) else (row,)) for row in rows)))

    def check(seen: Seen) -> str:
        try:
            found = seen.con.execute(query).fetchall()
        except duckdb.Error as error:
            return str(error).splitlines()[0]
        told = sorted(repr(_plain(row)) for row in found)
        return "" if told == wanted else f"{', '.join(told) or 'no row'}, not {', '.join(wanted)}"

    return check


def _plain(row: Iterable[Any]) -> tuple[str, ...]:
    """Numbers without the zeros behind them, all else as it is written."""
    return tuple(_number(str(value)) for value in row)


def _number(text: str) -> str:
    is_number = text.count(".") == 1 and text.replace(".", "").lstrip("-").isdigit()
    return text.rstrip("0").rstrip(".") if is_number else text


def refused(name: str, *words: str) -> Check:
    """The file is set aside whole, for a reason that holds each of these words."""

    def check(seen: Seen) -> str:
        entry = seen.entries.get(name)
        if entry is None or entry.status == "loaded":
            return "not read" if entry is None else f"loaded, {entry.rows_loaded} rows"
        reason = str(entry.reason)
        return next((f"{word!r} is not in: {reason}" for word in words if word not in reason), "")

    return check


def waits(name: str, *words: str) -> Check:
    """A row of the file, or all of it, is set aside for a reason that holds each of these words."""

    def check(seen: Seen) -> str:
        told = seen.reasons.get(name, [])
        entry = seen.entries.get(name)
        told = [*told, str(entry.reason)] if entry and entry.status != "loaded" else told
        if any(all(word in reason for word in words) for reason in told):
            return ""
        return f"set aside for: {', '.join(told)}" if told else "nothing was set aside"

    return check


def together(*groups: Iterable[str]) -> Check:
    """Each group of records is one person, whom the other groups are not. A record is named by its
    id, or by how that begins and a `%`."""
    wanted = [tuple(group) for group in groups]

    def check(seen: Seen) -> str:
        people = [{_customer(seen, name) for name in group} for group in wanted]
        if any(None in found for found in people):
            missing = [n for group in wanted for n in group if _customer(seen, n) is None]
            return f"no customer is {missing[0]}"
        parted = [group for group, found in zip(wanted, people, strict=True) if len(found) > 1]
        if parted:
            return f"{parted[0][0]} is several people"
        alone = len({*map(frozenset, people)}) == len(people)
        return "" if alone else "strangers are one person"

    return check


def _customer(seen: Seen, name: str) -> str | None:
    found = seen.con.execute(
        "select min(customer_id) from identity.identity_map where record_id like ?",
        [name],
    ).fetchone()
    return found[0] if found else None


def everyone_apart(n: int, people: int) -> Check:
    """So many people from `n` on, whom their own addresses tell apart."""
    addresses = ", ".join(f"'{mail(number)}'" for number in range(n, n + people))
    return says(
        "select count(distinct customer_id), count(distinct identifier_value)"
        f" from core.customer_identifiers where identifier_value in ({addresses})"
        " and identifier_type = 'email'",
        (people, people),
    )


def both(*checks: Check) -> Check:
    return lambda seen: next((why for check in checks if (why := check(seen))), "")


def either(*checks: Check) -> Check:
    def check(seen: Seen) -> str:
        told = [one(seen) for one in checks]
        return "" if "" in told else " and ".join(told)

    return check
