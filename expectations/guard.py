"""The words in which a suite is written: what is guarded, how strictly,
and what a suite may know about the night.

No Great Expectations in here, so that listing and reading suites costs nothing. A guard names
an expectation of Great Expectations; most are *measures* (`expectations/measure.py`): one SQL
aggregate over the guarded table, held between bounds. All measures of a table are computed by one
query, and a measure shows a number and never a value of the data.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from ingestion.layers import RAW

Severity = Literal["critical", "warning"]
MEASURE = "ExpectMeasureToBeBetween"
FEW_ROWS = 20
# Of fewer rows a share is chance: one of twenty is five per cent.
ROWS_OF_A_SHARE = 100


@dataclass(frozen=True)
class Compared:
    """How far a figure may lie from the median of the last good nights,
    as shares of it (drop 0.5 = not below one half).

    The figure's own history is taken, newest first, unless the suite gives another as `past`;
    earlier figures below `at_least` are no measure of anything.
    """

    drop: float | None = None
    rise: float | None = None
    nights: int = 7
    past: tuple[float, ...] | None = None
    at_least: float = 0


@dataclass(frozen=True)
class Guard:
    """One expectation about one table.

    `name` is a short sentence, unique in its table and the same every night: the history
    of the figure is kept under it. `expectation` and `arguments` are a class of
    `great_expectations.expectations` (or the measure) and its fields. `critical` blocks, `warning`
    shows. A measure that is null fails, unless `optional`: then there was nothing to judge (too few
    rows, no earlier file). `when_empty` guards are looked at on an empty table too, where they can
    fail but not pass: rows that were lost on the way leave nothing behind. `unit` is what the
    figure counts, for the page: a plural (rows, days), `share` (0 to 1), `times` (of another
    figure) or `money` (of the reporting currency).
    """

    name: str
    expectation: str
    arguments: Mapping[str, Any]
    severity: Severity = "critical"
    compared: Compared | None = None
    optional: bool = False
    when_empty: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Suite:
    """The guards of one table.

    `sources` are the sources that fill it, by kind or by account: with all of them switched off,
    an empty table is not judged (none named = any source). `may_be_empty` says that no rows are a
    normal night.
    """

    guards: tuple[Guard, ...]
    sources: tuple[str, ...] = ()
    may_be_empty: bool = False


@dataclass(frozen=True)
class SourceState:
    """What the owner's settings say about an account of a source;
    the defaults are those of a source that the settings do not name."""

    enabled: bool = False
    required: bool = False
    freshness_days: int = 3
    kind: str = ""


@dataclass(frozen=True)
class GateContext:
    """What a suite may know: the table, the night, the owner's settings,
    and the last good nights (newest first)."""

    layer: str
    table: str
    as_of: datetime
    as_of_date: date
    row_count: int
    sources: Mapping[str, SourceState] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    past_row_counts: tuple[int, ...] = ()
    relations: frozenset[str] = frozenset()
    # Feed → kind of source → its staging models, as the sources' files declare them.
    feeds: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The table's address, `<layer>.<table>`."""
        return f"{self.layer}.{self.table}"

    def accounts(self, source: str) -> list[SourceState]:
        """The settings of every account of a kind, or of the one account of that name; a raw
        table is of one account alone."""
        if self.layer == RAW:
            return [self.sources[source]] if source in self.sources else []
        return [state for name, state in self.sources.items() if source in (name, state.kind)]

    def source(self, name: str) -> SourceState:
        """The settings of a source; of several accounts the strictest that are switched on."""
        enabled = [state for state in self.accounts(name) if state.enabled]
        if not enabled:
            return SourceState()
        return SourceState(
            enabled=True,
            required=any(state.required for state in enabled),
            freshness_days=min(state.freshness_days for state in enabled),
        )

    def feeding(self, *feeds: str) -> tuple[str, ...]:
        """The kinds of sources that declare any of these feeds."""
        return tuple(sorted({kind for feed in feeds for kind in self.feeds.get(feed, {})}))

    def staged(self, feed: str) -> tuple[str, ...]:
        """The staging tables of a feed."""
        models = self.feeds.get(feed, {}).values()
        return tuple(f"staging.{model}" for of_kind in models for model in of_kind)

    def enabled(self, *sources: str) -> bool:
        """Whether any of these sources is switched on."""
        return any(self.source(name).enabled for name in sources)

    def has(self, *relations: str) -> bool:
        """Whether all these relations (`<schema>.<table>`) exist,
        so that a comparison across layers can be made."""
        return all(relation in self.relations for relation in relations)

    def threshold(self, name: str, default: float) -> float:
        """A limit of the owner's settings, else the default."""
        return float(self.thresholds.get(name, default))


def measure(
    name: str,
    sql: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    severity: Severity = "critical",
    compared: Compared | None = None,
    optional: bool = False,
    unit: str = "",
) -> Guard:
    """One number held between bounds.

    `sql` is an aggregate over the guarded table, or a scalar subquery; it may read other tables.
    """
    arguments = {"expression": sql, "min_value": at_least, "max_value": at_most}
    return Guard(name, MEASURE, arguments, severity, compared, optional, unit=unit)


def share(
    name: str,
    condition: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    severity: Severity = "critical",
    compared: Compared | None = None,
) -> Guard:
    """The share of rows (0 to 1) for which a condition is true, of enough rows; null counts as
    not true."""
    sql = of_enough(f"count(*) filter (where {condition}) / count(*)")
    guard = measure(
        name, sql, at_least=at_least, at_most=at_most, severity=severity, compared=compared
    )
    return replace(guard, unit="share", optional=True)


def of_enough(figure: str, rows: str = "count(*)") -> str:
    """SQL: a figure where it is of `ROWS_OF_A_SHARE` rows at least, else null: for an optional
    guard, which then has nothing to judge."""
    return f"case when {rows} >= {ROWS_OF_A_SHARE} then {figure} end"


def none(name: str, condition: str, *, severity: Severity = "critical") -> Guard:
    """No row of the table for which the condition is true."""
    query = f"count(*) filter (where {condition})"
    return measure(name, query, at_least=0, at_most=0, severity=severity, unit="rows")


def no_rows(name: str, query: str, *, severity: Severity = "critical") -> Guard:
    """A query that must return no row: for rules across tables."""
    return measure(
        name,
        f"(select count(*) from ({query}) as unexpected)",
        at_least=0,
        at_most=0,
        severity=severity,
        unit="rows",
    )


def equal(
    name: str,
    left: str,
    right: str,
    *,
    within: float = 0,
    severity: Severity = "critical",
    unit: str = "rows",
) -> Guard:
    """Two figures that must agree, to within an absolute difference;
    the difference is what is shown. Nothing counts as 0."""
    difference = f"abs(coalesce(({left}), 0) - coalesce(({right}), 0))"
    apart = measure(name, difference, at_least=0, at_most=within, severity=severity, unit=unit)
    return replace(apart, when_empty=True)


def carried(
    staged: Iterable[str], rows: str = "count(*)", money: tuple[str, str] | None = None
) -> list[Guard]:
    """Nothing of staging is lost in core, and nothing is counted twice:
    rows, and money as (here, there).

    `staged`: the staging tables behind the guarded one. `rows` and `money[0]` are
    aggregates over the guarded table, `money[1]` the same over each staging table.
    """
    tables = tuple(staged)
    there = " + ".join(f"(select count(*) from {table})" for table in tables) or "0"
    guards = [equal("rows of staging and of core", rows, there)]
    if money:
        there = (
            " + ".join(f"coalesce((select sum({money[1]}) from {table}), 0)" for table in tables)
            or "0"
        )
        guards.append(
            equal("money of staging and of core", f"sum({money[0]})", there, unit="money")
        )
    return guards


def expect(
    name: str, expectation: str, *, severity: Severity = "critical", **arguments: Any
) -> Guard:
    """Any expectation of Great Expectations, by its class name and its own arguments."""
    return Guard(name, expectation, arguments, severity)


def volume(gate: GateContext, *, grows: bool = True) -> list[Guard]:
    """The number of rows against the last good night: a table that lost half (by default) blocks,
    and is shown from 2 % on.

    `grows` is for tables that hold all history and so never shrink; without it (segments, current
    states) only the large change counts.
    """
    # A handful of rows may halve by chance.
    past = tuple(count for count in gate.past_row_counts[:1] if count >= FEW_ROWS)
    lost = Compared(drop=gate.threshold("volume_drop_share", 0.5), past=past)
    guards = [
        measure("rows kept since the last good night", "count(*)", compared=lost, unit="rows")
    ]
    if grows:
        changed = Compared(drop=0.02, rise=1.0, past=past)
        usual = measure("rows grow as usual", "count(*)", severity="warning", compared=changed)
        guards.append(replace(usual, unit="rows"))
    return guards


def living(gate: GateContext) -> Guard:
    """Records of people that their source does not call deleted, against the last good nights:
    who is deleted leaves all segments, so a source that calls everybody so is a fault of its
    export until the owner says that it is none."""
    lost = Compared(drop=gate.threshold("volume_drop_share", 0.5), at_least=FEW_ROWS)
    count = "count(*) filter (where deleted_at is null)"
    return measure("records that are not deleted", count, compared=lost, unit="rows")
