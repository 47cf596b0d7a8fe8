"""What is odd about a file although each of its rows is well formed: said, never refused.

Holds names, lines and counts, no value. Kinds, as they stand in a file's drift beside `unknown`
and `missing`: `repeated` (a key twice in one file), `future` (a time after the load), `changed` (a
column whose values have another type), `thinner` (an optional column that is filled far less than
before), `fewer` (far fewer rows than before).
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from ingestion.contracts.contract import TableContract
from ingestion.ledger import Ledger, Past
from ingestion.sql import name, parquet

FILES = 14  # two weeks of nights: a weekend is in it
FEWEST_FILES = 5
FEWEST_ROWS = 3
EXAMPLES = 3


class History:
    """What the files of each table were like, up to the night before.

    Files of one night are no measure for each other.
    """

    def __init__(self, ledger: Ledger, before_sequence: int) -> None:
        self._ledger = ledger
        self._before = before_sequence
        self._past: dict[str, list[Past]] = {}

    def doubts(
        self,
        table: TableContract,
        rows: int,
        loaded: int,
        null_counts: Mapping[str, int],
        attested: bool,
    ) -> dict[str, list[str]]:
        """What a file has less of than those before it.

        Its row count is beyond doubt where a manifest vouches for it.
        """
        if table.raw_name not in self._past:
            self._past[table.raw_name] = self._ledger.past(table, self._before, FILES)
        past = self._past[table.raw_name]
        if len(past) < FEWEST_FILES:
            return {}
        found = {"thinner": _thinner(past, loaded, null_counts)}
        smallest = min(file.rows for file in past)
        if (
            table.load_mode == "append"
            and not attested
            and smallest >= FEWEST_ROWS
            and 2 * rows < smallest
        ):
            found["fewer"] = [
                f"{rows} rows, where the smallest of the last {len(past)} files had {smallest}"
            ]
        return {kind: texts for kind, texts in found.items() if texts}


def _thinner(past: Sequence[Past], loaded: int, null_counts: Mapping[str, int]) -> list[str]:
    """Columns that are filled less than half as often as before,
    and by far more than chance would have it."""
    thinner = []
    for column, nulls in null_counts.items():
        known = [file for file in past if column in file.null_counts]
        rows = sum(file.loaded for file in known)
        if len(known) < FEWEST_FILES or not rows:
            continue
        share = 1 - sum(file.null_counts[column] for file in known) / rows
        expected, filled = share * loaded, loaded - nulls
        if 2 * filled < expected and filled <= expected - 5 * math.sqrt(expected):
            thinner.append(
                f"{column} filled in {filled / loaded:.0%} of the rows, before in {share:.0%}"
            )
    return thinner


def doubts_about_rows(
    connection: duckdb.DuckDBPyConnection,
    table: TableContract,
    file: Path,
    loaded_at: str,
    repeated: int,
    future: Mapping[str, int],
) -> dict[str, list[str]]:
    """Where in a raw file the rows are that `count_doubtful` counted."""
    found: dict[str, list[str]] = {"repeated": [], "future": []}
    if repeated:
        keys = ", ".join(map(name, _version_key(table)))
        query = (
            "select lines, sum(len(lines) - 1) over ()"
            " from (select list(_line_number order by _line_number) as lines\n"
            f"from {parquet(file)} group by {keys} having count(*) > 1)"
            f" order by lines limit {EXAMPLES}"
        )
        for lines, count in connection.execute(query).fetchall():
            shown = " and ".join(map(str, lines[:EXAMPLES]))
            found["repeated"].append(
                f"lines {shown} have the same {', '.join(_version_key(table))}{_more(count)}"
            )
    for column, count in future.items():
        query = (
            f"select _line_number from {parquet(file)} where {_is_future(column, loaded_at)}\n"
            f"order by _line_number limit {EXAMPLES}"
        )
        lines = ", ".join(str(line) for (line,) in connection.execute(query).fetchall())
        found["future"].append(f"{column} is after the load in line {lines}{_more(count)}")
    return {kind: texts for kind, texts in found.items() if texts}


def doubtful_counts(table: TableContract, loaded_at: str) -> list[str]:
    """SQL expressions over a raw file: rows whose key and version stand there before,
    then rows from the future by `timed_columns`."""
    key = _version_key(table)
    repeated = f"count(*) - count(distinct hash({', '.join(map(name, key))}))" if key else "0"
    return [
        repeated,
        *(f"count(*) filter ({_is_future(column, loaded_at)})" for column in timed_columns(table)),
    ]


def timed_columns(table: TableContract) -> list[str]:
    """Columns that say when something happened: it cannot lie ahead.

    An optional time may (a deal's expected close).
    """
    timed = [column for column in table.columns if column.type.kind in ("timestamp", "epoch")]
    return [
        column.name for column in timed if column.required or column.name == table.version_column
    ]


def changed_columns(table: TableContract, reasons: Mapping[str, int]) -> list[str]:
    """Columns with values that are not of their type, out of the reasons of quarantine."""
    columns = {column.name for column in table.columns}
    parts = [reason.partition(": ") for reason in reasons]
    return sorted(
        f"{column} ({what})" for column, _, what in parts if column in columns and what != "missing"
    )


def _version_key(table: TableContract) -> list[str]:
    """What a file holds at most one row of."""
    version = [table.version_column] if table.version_column and table.key else []
    return [*table.key, *(column for column in version if column not in table.key)]


def _more(count: int) -> str:
    return f" ({count} such rows in the file)" if count > 1 else ""


def _is_future(column: str, loaded_at: str) -> str:
    return f"{name(column)} > {loaded_at} + interval 1 day"
