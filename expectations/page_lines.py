"""One line of the gates' page: a gate or one of dbt's tests, in words and with its unit."""

from collections.abc import Sequence
from dataclasses import dataclass

from expectations.figures import bounds, seen
from expectations.report import DbtTest, GateResult
from expectations.sparkline import Sparkline, sparkline


@dataclass(frozen=True)
class Kind:
    """How a result shows: the class that colours it, the word for it, its place in a list."""

    style: str
    word: str
    place: int


KINDS = {
    "errored": Kind("errored", "could not run", 0),
    "failed": Kind("failed", "failed", 1),
    "warned": Kind("warned", "warning", 2),
    "passed": Kind("passed", "passed", 3),
    "not_applicable": Kind("idle", "not applicable", 4),
}


@dataclass(frozen=True)
class Line:
    """A line as it stands there."""

    layer: str
    table: str
    text: str
    seen: str
    wanted: str
    kind: Kind
    plot: Sparkline | None = None
    is_dbt_test: bool = False

    @property
    def place(self) -> int:
        return self.kind.place

    @property
    def needs_attention(self) -> bool:
        return self.kind.place < KINDS["passed"].place


def line_of_gate(row: GateResult, past: Sequence[float], currency: str) -> Line:
    """A gate's result beside the figures of earlier runs, oldest first."""
    return Line(
        layer=row.layer,
        table=row.table,
        text=row.expectation,
        seen=seen(row.observed, row.unit, currency),
        wanted=bounds(row.threshold, row.unit),
        kind=KINDS[row.kind],
        plot=sparkline(past, row.observed),
    )


def line_of_test(test: DbtTest) -> Line:
    """A test of dbt's: it counts the rows that are not as they should be."""
    return Line(
        layer=test.layer,
        table=test.table,
        text=test.name,
        seen="–" if test.failures is None else f"{test.failures:,} rows",
        wanted="no row",
        kind=KINDS[test.status],
        is_dbt_test=True,
    )
