"""What a gate answers: one row per expectation, as it goes into the control store,
Dagster's metadata and the night's page."""

from collections import Counter
from dataclasses import asdict, astuple, dataclass, fields
from decimal import Decimal
from typing import Any

from expectations.guard import Severity

# The columns of a table that keeps results, in the order of `GateResult.as_tuple`.
COLUMNS = ("layer", "table_name", "expectation", "severity", "status", "observed", "threshold")
# `GateResult.blocks`, asked of such a table.
BLOCKS = "(status = 'errored' or (status = 'failed' and severity = 'critical'))"


@dataclass(frozen=True)
class GateResult:
    """One expectation about one table.

    `observed` and `threshold` are text and hold numbers, dates and words of ours, never data.
    `unit` is what they count (see `Guard`), for the page alone: no table keeps it.
    """

    layer: str
    table: str
    expectation: str
    severity: str
    status: str
    observed: str | None
    threshold: str | None
    unit: str = ""

    @property
    def blocks(self) -> bool:
        """Whether nothing after this layer may be built:
        a critical failure, or an expectation that could not run."""
        return self.status == "errored" or (self.status == "failed" and self.severity == "critical")

    @property
    def warns(self) -> bool:
        """Whether it is shown but does not block."""
        return self.status == "failed" and self.severity == "warning"

    @property
    def kind(self) -> str:
        """The status, with a failure that only warns told apart from one that blocks."""
        return "warned" if self.warns else self.status

    def as_tuple(self) -> tuple[str | None, ...]:
        """For a table with `COLUMNS`."""
        return astuple(self)[: len(COLUMNS)]

    def as_row(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class DbtTest:
    """One of dbt's tests. `name` says what it wants; `status` is a `GateResult.kind`; `failures`:
    rows that are otherwise, none when it could not run."""

    layer: str
    table: str
    name: str
    status: str
    failures: int | None


@dataclass(frozen=True)
class FindingOfRule:
    """What one rule about rows found in one table.

    `number`: rows; `share`: their share of the table, 0 to 1; `amount` of `currency`: the money in
    question. `first_keys`: ids of rows, ten at most, never an address. `explanation` and `remedy`
    are sentences without personal data. `since`: the day of the night since which the oldest of
    them stands there.
    """

    layer: str
    rule: str
    severity: Severity
    table: str
    number: int
    explanation: str
    remedy: str
    share: float | None = None
    amount: Decimal | None = None
    currency: str | None = None
    first_keys: tuple[str, ...] = ()
    since: str | None = None


@dataclass(frozen=True)
class GateReport:
    """The gate of one layer."""

    layer: str
    results: tuple[GateResult, ...]
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @classmethod
    def from_answer(cls, layer: str, answer: dict[str, Any]) -> "GateReport":
        """What the helper process sent."""
        names = {field.name for field in fields(GateResult)}
        rows = tuple(GateResult(**{name: row[name] for name in names}) for row in answer["results"])
        return cls(layer, rows, answer["seconds"], answer["cpu_seconds"])

    @property
    def blocking(self) -> tuple[GateResult, ...]:
        return tuple(result for result in self.results if result.blocks)

    @property
    def warnings(self) -> tuple[GateResult, ...]:
        return tuple(result for result in self.results if result.warns)

    @property
    def blocked(self) -> bool:
        return bool(self.blocking)

    @property
    def counts(self) -> dict[str, int]:
        """How many expectations passed, warned, failed (critical),
        errored and were not applicable."""
        counted = Counter(result.kind for result in self.results)
        return {
            name: counted[name]
            for name in ("passed", "warned", "failed", "errored", "not_applicable")
        }

    def of_table(self, table: str) -> tuple[GateResult, ...]:
        return tuple(result for result in self.results if result.table == table)

    def message(self) -> str:
        """Why the gate is shut, one line per expectation; empty when it is open."""
        return "\n".join(
            f"{result.layer}.{result.table}: {result.expectation}: {result.status}:"
            f" observed {result.observed}, wanted {result.threshold}"
            for result in self.blocking
        )
