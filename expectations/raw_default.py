"""The suite that every raw table has, made from its contract:
a new source needs no gate of its own.

Ingestion has already refused rows that break their contract (types, required columns) and files
over their quarantine limit. What no single row shows is looked at here: volume, freshness, times,
and whether what arrived last looks like what came before.
"""

from expectations.freshness import fresh
from expectations.guard import (
    Compared,
    GateContext,
    Guard,
    Suite,
    measure,
    none,
    share,
    volume,
)
from expectations.shapes import newest_against_before, sampled, share_against_before
from ingestion import sql
from ingestion.contracts.contract import Column, TableContract

# A day with fewer rows varies by chance.
ENOUGH_ROWS = 20
ENOUGH_VALUES = 50
# Who a row is about. Names and addresses are left out: identity does not hang on them.
IDENTIFYING = ("email", "phone", "contact")
TIMES = ("timestamp", "epoch", "date")


def suite(gate: GateContext, contract: TableContract) -> Suite:
    """Guards of one raw table."""
    guards = [
        *volume(gate),
        none("nothing was loaded in the future", "_loaded_at > getvariable('as_of')"),
        _rows_per_key(gate, contract),
        *_identifying(gate, contract),
    ]
    time = time_column(contract)
    if time:
        guards.append(
            share(
                "times lie before their arrival",
                f"{quoted(time)} > _loaded_at + interval 1 day",
                at_most=0.01,
                severity="warning",
            )
        )
        if not contract.may_be_empty:
            guards += [fresh(gate, quoted(time), contract.source), *_last_day(gate, time)]
    return Suite(tuple(guards), sources=(contract.source,), may_be_empty=contract.may_be_empty)


def time_column(contract: TableContract) -> Column | None:
    """The column that says when a row's content happened:
    its version, else the first required time."""
    by_name = {column.name: column for column in contract.columns}
    if contract.version_column and by_name[contract.version_column].type.kind in TIMES:
        return by_name[contract.version_column]
    return next(
        (column for column in contract.columns if column.required and column.type.kind in TIMES),
        None,
    )


def quoted(column: Column) -> str:
    """The column's name as SQL: contracts use words such as date and timestamp."""
    return sql.name(column.name)


def _rows_per_key(gate: GateContext, contract: TableContract) -> Guard:
    """A burst of duplicates, or an id that is used again for others, shows as many rows per key."""
    names = [sql.name(column) for column in contract.key]
    keys, some = f"hash({', '.join(names)})", sampled(gate.row_count, *names)
    return measure(
        "rows per key",
        f"count(*) {some} / nullif(count(distinct {keys}) {some}, 0)",
        at_most=25,
        severity="warning",
        compared=Compared(rise=0.2, nights=1),
        unit="rows",
    )


def _identifying(gate: GateContext, contract: TableContract) -> list[Guard]:
    guards = []
    for column in contract.columns:
        if column.pii not in IDENTIFYING or column.required:
            continue
        filled = share(
            f"rows with {column.name}",
            f"{quoted(column)} is not null",
            severity="warning",
            compared=Compared(drop=0.2, rise=0.5),
        )
        newest = measure(
            f"{column.name} is filled in the newest file as before",
            share_against_before(f"{quoted(column)} is not null", gate.name),
            at_least=0.3,
            optional=True,
            unit="times",
        )
        guards += [filled, newest, as_many_values(gate, column.name)]
    return guards


def as_many_values(gate: GateContext, column: str) -> Guard:
    """One value for everybody: a placeholder, or a column that was filled down."""
    quoted_name = sql.name(column)
    return measure(
        f"{column} has as many values in the newest file as before",
        newest_against_before(
            f"approx_count_distinct({quoted_name}) / nullif(count({quoted_name}), 0)",
            gate.name,
            ENOUGH_VALUES,
        ),
        at_least=0.1,
        optional=True,
        unit="times",
    )


def _last_day(gate: GateContext, time: Column) -> list[Guard]:
    """The last complete day against the smallest and the largest day of the four weeks before it:
    half a file, or a file twice."""
    day = f"{quoted(time)}::date"
    last, first = "getvariable('as_of_date')", "getvariable('as_of_date') - interval 28 day"
    days = (
        f"(select {day} as day, count(*) as rows from {gate.name} where {day} between"
        f" {first} and {last} group by 1)"
    )
    past = "filter (where day < getvariable('as_of_date'))"
    today = "coalesce(max(rows) filter (where day = getvariable('as_of_date')), 0)"
    known = f"count(*) {past} >= 7 and min(rows) {past} >= {ENOUGH_ROWS}"
    return [
        measure(
            "last day against the smallest of four weeks",
            f"(select case when {known} then {today} / min(rows) {past} end from {days})",
            at_least=0.5,
            severity="warning",
            optional=True,
            unit="times",
        ),
        measure(
            "last day against the largest of four weeks",
            f"(select case when {known} then {today} / max(rows) {past} end from {days})",
            at_most=2,
            severity="warning",
            optional=True,
            unit="times",
        ),
    ]
