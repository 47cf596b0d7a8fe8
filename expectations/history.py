"""What the last good nights looked like, from the histories that a generation may read
(`control.table_counts`, `control.gate_results`).

A good night is one whose gates did not block. The night being judged is not among them: its
histories end before its `as_of`.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from expectations.report import BLOCKS

# Enough for a median that one odd night does not move.
NIGHTS = 14

_GOOD = f"""
    select run_id from control.gate_results
    group by run_id
    having count(*) filter (where {BLOCKS}) = 0
"""


@dataclass(frozen=True)
class History:
    """Figures of the last good nights, newest first: row counts by table,
    observed numbers by (table, expectation)."""

    row_counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    figures: Mapping[tuple[str, str], tuple[float, ...]] = field(default_factory=dict)


def read_history(
    connection: duckdb.DuckDBPyConnection, layer: str, relations: frozenset[str]
) -> History:
    """The history of one layer; empty on the first night,
    or where the control store's tables are not there."""
    if not {"control.table_counts", "control.gate_results"} <= relations:
        return History()
    row_counts: dict[str, list[int]] = defaultdict(list)
    rows = connection.execute(
        "select table_name, row_count from control.table_counts where layer = ?"
        f" and run_id in ({_GOOD}) order by as_of desc, run_id",
        [layer],
    ).fetchall()
    for table, count in rows:
        row_counts[table].append(int(count))
    figures: dict[tuple[str, str], list[float]] = defaultdict(list)
    rows = connection.execute(
        f"""
        select table_name, expectation, try_cast(observed as double) as figure
        from control.gate_results
        where layer = ?
            and run_id in ({_GOOD})
            and status in ('passed', 'failed', 'not_applicable')
            and figure is not null
        order by as_of desc, run_id
        """,
        [layer],
    ).fetchall()
    for table, expectation, figure in rows:
        figures[(table, expectation)].append(figure)
    return History(
        {table: tuple(counts[:NIGHTS]) for table, counts in row_counts.items()},
        {key: tuple(values[:NIGHTS]) for key, values in figures.items()},
    )
