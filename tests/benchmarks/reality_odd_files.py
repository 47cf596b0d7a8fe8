"""Odd rows as files of a landing zone: each in a file of its own, so that the ledger says what
became of it; what belongs to it beside, in one file a table."""

import csv
import io
import json
from collections.abc import Iterable
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import reality_people
import reality_records
from reality_odd_kinds import Odd, by_contract
from reality_odd_list import LISTED
from reality_records import Row, Rows

from ingestion.contracts.contract import Column, TableContract
from ingestion.contracts.reading import load_contracts

DAY = "2026-06-30"
# The number of an odd row in the ids of its record, wherever they go.
MARK = r"777(?:0000|0500)(\d{3})"
FIRST_RATE = date(2001, 1, 1)  # before any order; a rate's day is this and its number of days
LEFT_OUT = ("cdnow", "online_retail", "ecb")  # not in the sample shop; ecb's are listed
MAKERS = reality_records.MAKERS | reality_people.MAKERS
TABLES = {
    f"{table.source}.{table.name}": table
    for source in load_contracts().values()
    for table in source.tables.values()
}


def odd_rows() -> list[Odd]:
    """All of them; the place in the list is the number that an odd row's ids hold."""
    found = [
        odd
        for table in TABLES.values()
        if table.source not in LEFT_OUT
        for odd in by_contract(table)
    ]
    return [*found, *LISTED]


def deliver(extracts: Path, chosen: Iterable[tuple[int, Odd]]) -> dict[str, int]:
    """Write them; the path of each odd row's file → its number."""
    paths: dict[str, int] = {}
    beside: dict[str, list[Row]] = {}
    for number, odd in chosen:
        for name, row in _records(odd, number):
            if name != odd.table:
                beside.setdefault(name, []).append(row)
                continue
            table = TABLES[name]
            rows = [changed(row, table, odd.values)]
            if odd.twice is not None:
                rows.append(changed(row, table, odd.twice))
            paths[write(extracts, table, rows, f"8{number:03d}")] = number
    for name, companions in beside.items():
        write(extracts, TABLES[name], companions, "7000")
    return paths


def _records(odd: Odd, number: int) -> Rows:
    if odd.table == "ecb.rates":
        return [(odd.table, {"Date": str(FIRST_RATE + timedelta(number)), "USD": "1.1"})]
    return MAKERS[odd.table](number)


def changed(row: Row, table: TableContract, values: dict[str, Any]) -> Row:
    """The row with other values, by the contract's columns."""
    row = deepcopy(row)
    for column in table.columns:
        if column.name in values:
            _put(row, column, table.format, values[column.name])
    return row


def _put(row: Row, column: Column, form: str, value: Any) -> None:
    if form == "csv":
        row[column.header] = value
        return
    *above, last = column.path
    for key in above:
        if not isinstance(row.get(key), dict):
            row[key] = {}
        row = row[key]
    row[last] = value


def write(extracts: Path, table: TableContract, rows: list[Row], part: str) -> str:
    path = table.files.rstrip("*").replace("*", f"{_day(extracts, table)}-{part}")
    file = extracts / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text_of(table, rows), encoding="utf-8")
    return path


def _day(extracts: Path, table: TableContract) -> str:
    """Today's; a snapshot's is that of its newest file, which holds the rest of it."""
    if table.load_mode != "snapshot":
        return DAY
    return sorted(extracts.glob(table.files))[-1].name.split("-", 1)[1][: len(DAY)]


def text_of(table: TableContract, rows: list[Row]) -> str:
    if table.format != "csv":
        return "".join(json.dumps(row) + "\n" for row in rows)
    out = io.StringIO(newline="")
    end = ",\n" if table.trailing_delimiter else "\n"
    writer = csv.writer(out, lineterminator=end)
    header = [column.header for column in table.columns]
    writer.writerow(header)
    for row in rows:
        values = [row.get(name) for name in header]
        writer.writerow([json.dumps(v) if isinstance(v, list | dict) else v for v in values])
    return out.getvalue()
