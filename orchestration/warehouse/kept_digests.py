"""The digests of days that do not change any more, kept from one seal to the next.

A content hash is a sum over rows, so a table's is the sum of its days'. Digesting rows as text is a
tenth of a large night; the engine's own 64-bit hash costs an eighth of it. So of a large table each
day is marked by its row count and the sum of that hash, and a day whose mark is known is not
digested again. The kept file may be removed at any time: the result is the same.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from ingestion.files import DamagedFileError, read_with_digest, write_with_digest
from ingestion.sql import name, quote

FILE = "content-digests.json"
# Smaller tables are digested whole: a second pass would cost more than it saves.
LARGE_ROWS = 100_000
# Types of columns that say a row's day; the first such column is taken.
_DAYS = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")

# Day → [rows, mark, sum of the digests' lower halves, of their upper halves].
Days = dict[str, list[int]]


class Digests(NamedTuple):
    """What is digested: a table, and the expression of a row's 128-bit digest."""

    table: str
    digest: str

    def by(self, day: str, mark: str, where: str = "true") -> str:
        """Days of the table with their rows, marks and sums."""
        return f"""
        with digests as (
            select {day} as day, {mark} as mark, {self.digest} as digest
            from {self.table}
            where {where}
        )
        select
            cast(day as varchar),
            count(*),
            coalesce(sum(mark), 0),
            coalesce(sum((digest & 18446744073709551615::uhugeint)::hugeint), 0),
            coalesce(sum((digest >> 64)::hugeint), 0)
        from digests
        group by day
        """

    def marks(self, day: str, mark: str) -> str:
        """Days of the table with their rows and marks."""
        return f"""
        with marks as (select {day} as day, {mark} as mark from {self.table})
        select cast(day as varchar), count(*), sum(mark)
        from marks
        group by day
        """


class KeptDigests:
    """The digests of the last sealed generation's days. `folder`: none keeps nothing."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = folder / FILE if folder else None
        self._known: dict[str, Days] = self._read()
        self._now: dict[str, Days] = {}

    def total(
        self,
        connection: duckdb.DuckDBPyConnection,
        digests: Digests,
        columns: Sequence[tuple[str, str]],
    ) -> tuple[int, int, int]:
        """Rows of a table, and the sums of the lower and upper halves of their digests.

        columns: name and type of those that are digested.
        """
        day_of = next((column for column, type_ in columns if type_ in _DAYS), None)
        ((rows,),) = connection.execute(f"select count(*) from {digests.table}").fetchall()
        if self._file is None or day_of is None or rows < LARGE_ROWS:
            days = _days(connection, digests.by("''", "0"))
        else:
            days = self._by_day(connection, digests, columns, day_of)
        return (
            sum(day[0] for day in days.values()),
            sum(day[2] for day in days.values()),
            sum(day[3] for day in days.values()),
        )

    def _by_day(
        self,
        connection: duckdb.DuckDBPyConnection,
        digests: Digests,
        columns: Sequence[tuple[str, str]],
        day_of: str,
    ) -> Days:
        day = f"coalesce(cast({name(day_of)} as date), date '0001-01-01')"
        mark = f"hash({', '.join(name(column) for column, _ in columns)})"
        # Other columns, other digests: the key has them.
        key = f"{digests.table} {columns}"
        known = self._known.get(key)
        if known is None:
            days = _days(connection, digests.by(day, mark))
        else:
            marks = _days(connection, digests.marks(day, mark))
            days = {of: known[of] for of in marks if known.get(of, [])[:2] == marks[of]}
            if changed := marks.keys() - days.keys():
                those = f"{day} in ({', '.join(f'date {quote(of)}' for of in sorted(changed))})"
                days |= _days(connection, digests.by(day, mark, those))
        self._now[key] = days
        return days

    def save(self) -> None:
        """Keep what was found in place of what was known."""
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_with_digest(self._file, json.dumps(self._now))

    def _read(self) -> dict[str, Days]:
        if self._file is None or not self._file.is_file():
            return {}
        try:
            found: dict[str, Days] = json.loads(read_with_digest(self._file, "remove it"))
        except (DamagedFileError, ValueError):  # all is digested again
            return {}
        return found


def _days(connection: duckdb.DuckDBPyConnection, query: str) -> Days:
    return {
        day: [int(value) for value in sums] for day, *sums in connection.execute(query).fetchall()
    }
