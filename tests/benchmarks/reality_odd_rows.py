"""Part of topic `reality`: rows that nobody expects, in a night of a small shop.

Each is of the right type, of somebody of its own, and in a file of its own. None of them may stop
the night, vanish, or change a row of anybody else.
"""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import reality_nights as nights
from commands import figure
from reality_odd_files import FIRST_RATE, MARK, deliver, odd_rows
from reality_odd_kinds import Odd

# Nights into which the odd rows are dealt (of as many new people at once a shop of 150 would ask
# whether its records still join), and how many more may be run to find the ones that
# refuse a night.
DEALT = {"full": 12, "tiny": 1}
SEARCHED = {"full": 12, "tiny": 0}
# Where a raw table is staged under another name.
STAGED = {"shopify.inventory_items": "shopify.inventory_costs"}
# An item of which no cost is told says nothing that a table could hold.
SAYS_NOTHING = frozenset({"shopify.inventory_items nothing but what must be there"})
LAYERS = ("staging", "identity", "core", "marts")
# Tables whose rows are of many people, and which one more person changes: sums by day or channel,
# ranks among all, forecasts that are fitted to all.
OF_MANY = frozenset(
    f"{layer}.{table}"
    for layer, tables in {
        "identity": ("identity_measures",),
        "marts": (
            *("acquisition_limits", "channel_economics", "channel_spend", "cohorts"),
            *("customer_360", "customer_lifetime_values", "daily_performance", "kpis_daily"),
            *("late_data", "ltv_backtest_deciles", "ltv_backtest_history"),
            *("ltv_backtests", "ltv_fits", "ltv_totals", "month_revisions"),
            "revenue_daily",
            "rfm_scores",
        ),
    }.items()
    for table in tables
)


@dataclass
class Found:
    """What the nights showed, in words for the notes."""

    refused: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    changed: dict[str, int] = field(default_factory=dict)
    nights: int = 0
    searches_left: int = 0


def measure(size: str) -> list[dict[str, Any]]:
    """The figures of all odd rows; `tiny` tries one of each table in one night."""
    rows = list(enumerate(odd_rows()))
    if size == "tiny":
        rows = list({odd.table: (number, odd) for number, odd in reversed(rows)}.values())
    found = Found(searches_left=SEARCHED[size])
    with tempfile.TemporaryDirectory(prefix="clientele-figures-") as folder:
        home = nights.honest_home(Path(folder), size)
        for place in range(DEALT[size]):
            _try(home, rows[place :: DEALT[size]], found)
    note = f"{found.nights} nights of a shop of {nights.CUSTOMERS[size]} people"
    changed = "; ".join(f"{table} {count}" for table, count in sorted(found.changed.items()))
    return [
        figure("odd_rows_tried", len(rows), "rows", ">= 150" if size == "full" else "", note),
        figure(
            "nights_refused_by_one_row",
            len(found.refused),
            "rows or groups",
            "= 0",
            "; ".join(found.refused)[:600],
        ),
        figure(
            "rows_vanished", len(found.vanished), "rows", "= 0", "; ".join(found.vanished)[:600]
        ),
        figure("other_rows_changed", sum(found.changed.values()), "rows", "= 0", changed[:600]),
    ]


def _try(home: Path, rows: list[tuple[int, Odd]], found: Found) -> None:
    """A night with these rows; when it is refused, its halves, as long as searches are left."""
    found.nights += 1
    odd_home = nights.copy_of(home, f"odd-{found.nights}")
    paths = deliver(odd_home / "extracts", rows)
    outcome = nights.night(odd_home)
    if outcome.is_published:
        _compare(home, odd_home, rows, paths, found)
    elif len(rows) == 1 or found.searches_left < 2:
        names = ", ".join(f"{odd.table} {odd.name}" for _, odd in rows[:1])
        others = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
        found.refused.append(f"{names}{others}: {outcome.why}")
    else:
        found.searches_left -= 2
        half = len(rows) // 2
        for part in (rows[:half], rows[half:]):
            _try(home, part, found)


def _compare(
    home: Path, odd_home: Path, rows: list[tuple[int, Odd]], paths: dict[str, int], found: Found
) -> None:
    told = nights.ledger(odd_home)
    with duckdb.connect() as con:
        con.execute("set enable_progress_bar = false")
        nights.attach(con, nights.generation(home), "honest")
        nights.attach(con, nights.generation(odd_home), "odd")
        seen = {table: _seen(con, table) for table in {odd.table for _, odd in rows}}
        set_aside = {
            number
            for path, number in paths.items()
            if told[path]["status"] != "loaded" or told[path]["set_aside"]
        }
        found.vanished += [
            f"{odd.table} {odd.name}"
            for number, odd in rows
            if number not in seen[odd.table] | set_aside
            and f"{odd.table} {odd.name}" not in SAYS_NOTHING
        ]
        for table, count in _lost(con).items():
            found.changed[table] = found.changed.get(table, 0) + count


def _seen(con: duckdb.DuckDBPyConnection, table: str) -> set[int]:
    """The odd rows whose ids stand in the staging tables of one raw table, or in a finding."""
    if table == "ecb.rates":
        query = "select distinct rate_date - ? from odd.staging.stg_ecb__rates"
        return {number for (number,) in con.execute(query, [FIRST_RATE]).fetchall()}
    source, name = STAGED.get(table, table).split(".")
    wanted = f"staging.stg_{source}__{name}"
    found: set[int] = set()
    for place in nights.tables(con, "odd", LAYERS):
        if place == wanted or place.endswith("findings"):
            query = (
                f"select distinct unnest(regexp_extract_all(t::varchar, '{MARK}', 1))::integer"
                f" from odd.{place} t"
            )
            found |= {number for (number,) in con.execute(query).fetchall()}
    return found


def _lost(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Table → rows of the honest night that the other one has not, as they are."""
    lost = {}
    for name in nights.tables(con, "honest", LAYERS):
        if name in OF_MANY:
            continue
        query = f"select count(*) from (from honest.{name} except all from odd.{name})"
        ((count,),) = con.execute(query).fetchall()
        if count:
            lost[name] = count
    return lost
