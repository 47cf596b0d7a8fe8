"""Run the gate of one layer over one generation, on a connection that the caller opened.

Imports Great Expectations: only the helper process comes here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import duckdb
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import Expectation

from expectations import asked
from expectations.bounds import Judged, judge_by, write
from expectations.catalog import Catalog
from expectations.dialect import make_engine
from expectations.guard import FEW_ROWS, GateContext, SourceState, Suite
from expectations.history import History, read_history
from expectations.report import GateResult

HAS_ROWS = "has rows"


@dataclass(frozen=True)
class LayerCheck:
    """What all gates of one layer share: the layer, the night's date, and the owner's settings."""

    layer: str
    as_of: datetime
    as_of_date: date
    sources: Mapping[str, SourceState]
    thresholds: Mapping[str, float]

    @property
    def catalog(self) -> Catalog:
        return _catalog(tuple((name, state.kind) for name, state in self.sources.items()))


@cache
def _catalog(kinds: tuple[tuple[str, str | None], ...]) -> Catalog:
    """The helper process lives for a night, and reads the contracts once for all its layers."""
    return Catalog({name: kind for name, kind in kinds if kind})


def check_layer(
    check: LayerCheck,
    connection: duckdb.DuckDBPyConnection,
    new_session: Callable[[], duckdb.DuckDBPyConnection],
    tables: list[str] | None = None,
) -> list[GateResult]:
    """Results of every guard of the layer's tables (or of those named).

    `new_session` answers another session on the same generation, ready to read: a plain cursor of
    DuckDB's inherits neither search path nor variables. Those sessions are closed here, the
    `connection` is the caller's. Errors: `CatalogError` when there is no such layer.
    """
    engine = make_engine(new_session)
    execution = SqlAlchemyExecutionEngine(engine=engine)
    try:
        relations = _relations(connection)
        history = read_history(connection, check.layer, relations)
        catalog = check.catalog
        names = tables if tables is not None else list(catalog.tables(check.layer))
        row_counts = _row_counts(
            connection,
            [f"{check.layer}.{name}" for name in names if f"{check.layer}.{name}" in relations],
        )
        guarded = [
            (gate, _suite(gate, catalog))
            for gate in (
                _context(check, name, row_counts, history, relations, catalog) for name in names
            )
        ]
        filled = frozenset(
            source
            for gate, suite in guarded
            if gate.row_count and isinstance(suite, Suite)
            for source in suite.sources
        )
        results: list[GateResult] = []
        for gate, suite in guarded:
            results += _check_table(gate, suite, filled, history, execution)
        return results
    finally:
        execution.close()
        engine.dispose()


def _relations(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The generation's tables, and the views over what it is made of."""
    rows = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() where not temporary"
        " union all select schema_name || '.' || view_name from duckdb_views()"
        " where not internal and not temporary"
    ).fetchall()
    return frozenset(name for (name,) in rows)


def _row_counts(connection: duckdb.DuckDBPyConnection, relations: list[str]) -> dict[str, int]:
    if not relations:
        return {}
    counts = connection.execute(
        "select " + ", ".join(f"(select count(*) from {name})" for name in relations)
    ).fetchone()
    return dict(zip(relations, counts or (), strict=True))


def _context(
    check: LayerCheck,
    table: str,
    row_counts: Mapping[str, int],
    history: History,
    relations: frozenset[str],
    catalog: Catalog,
) -> GateContext:
    return GateContext(
        layer=check.layer,
        table=table,
        as_of=check.as_of,
        as_of_date=check.as_of_date,
        row_count=row_counts.get(f"{check.layer}.{table}", 0),
        sources=check.sources,
        thresholds=check.thresholds,
        past_row_counts=history.row_counts.get(table, ()),
        relations=relations,
        feeds=catalog.feeds,
    )


def _suite(gate: GateContext, catalog: Catalog) -> Suite | GateResult:
    """A table's suite, or why there is none to judge it by."""
    if gate.name not in gate.relations:
        return _errored(
            gate,
            HAS_ROWS,
            f"{gate.name} is not in this generation: build it, or remove its suite",
        )
    try:
        return catalog.suite(gate)
    except (
        Exception
    ) as error:  # whatever a suite's own code raises is that table's error, not the night's end
        return _errored(gate, "suite can be read", f"{type(error).__name__}: {error}")


def _check_table(
    gate: GateContext,
    suite: Suite | GateResult,
    filled: frozenset[str],
    history: History,
    execution: SqlAlchemyExecutionEngine,
) -> list[GateResult]:
    if isinstance(suite, GateResult):
        return [suite]
    if gate.row_count == 0:
        return _empty(gate, suite, filled, execution)
    judged = [
        judge_by(guard, history.figures.get((gate.table, guard.name), ())) for guard in suite.guards
    ]
    return [
        _result(gate, HAS_ROWS, "critical", "passed", str(gate.row_count), "≥ 1", "rows"),
        *_run(gate, judged, execution),
    ]


def _empty(
    gate: GateContext, suite: Suite, filled: frozenset[str], execution: SqlAlchemyExecutionEngine
) -> list[GateResult]:
    """No gate passes on an empty table: it is not applicable where no rows are in
    order, else it fails. `filled`: sources that have rows in another table of the layer."""
    # A table that names no source is filled by any of them.
    states = [state for name in suite.sources for state in gate.accounts(name)]
    states = states or ([SourceState()] if suite.sources else list(gate.sources.values()))
    had_rows = bool(gate.past_row_counts) and gate.past_row_counts[0] >= (
        FEW_ROWS if suite.may_be_empty else 1
    )
    if states and not any(state.enabled for state in states):
        status, severity, why = (
            "not_applicable",
            "critical",
            f"switched off: {', '.join(suite.sources or gate.sources)}",
        )
    elif suite.may_be_empty and not had_rows:
        status, severity, why = "not_applicable", "critical", "may be empty"
    else:
        # What has never been there must not stop the rest: an optional source, or a table of a
        # required one that delivers others (a counter's shop has no accounts).
        is_missed = any(state.required for state in states) and not filled & {*suite.sources}
        blocking = had_rows or not suite.sources or is_missed
        status, severity, why = "failed", "critical" if blocking else "warning", "≥ 1"
    rest = "the table is empty" if status == "failed" else why
    looked_at = [judge_by(guard, ()) for guard in suite.guards if guard.when_empty]
    broken = {
        result.expectation: result
        for result in _run(gate, looked_at, execution)
        if result.status in ("failed", "errored")
    }
    return [
        _result(gate, HAS_ROWS, severity, status, "0", why, "rows"),
        *(
            broken.get(guard.name)
            or _result(gate, guard.name, guard.severity, "not_applicable", None, rest)
            for guard in suite.guards
        ),
    ]


def _run(
    gate: GateContext, judged: list[Judged], execution: SqlAlchemyExecutionEngine
) -> list[GateResult]:
    expectations: list[Expectation] = []
    unbuildable: dict[int, GateResult] = {}
    for index, one in enumerate(judged):
        try:
            expectations.append(asked.make(one.guard, index))
        except Exception as error:  # wrong arguments: an error of that guard's own code
            unbuildable[index] = _errored(
                gate, one.guard.name, f"{type(error).__name__}: {error}", one.guard.severity
            )
    outcomes = asked.ask(gate, expectations, execution)
    return [
        unbuildable[index] if index in unbuildable else _outcome(gate, one, outcomes.get(index))
        for index, one in enumerate(judged)
    ]


def _outcome(
    gate: GateContext, one: Judged, outcome: ExpectationValidationResult | None
) -> GateResult:
    guard = one.guard
    if outcome is None:
        return _errored(gate, guard.name, "Great Expectations gave no result", guard.severity)
    if why := asked.why_not_run(outcome.exception_info):
        return _errored(gate, guard.name, why, guard.severity)
    # Great Expectations answers with a count of rows where the expectation is about each row,
    # else with one number.
    observed = outcome.result.get("observed_value", outcome.result.get("unexpected_count"))
    nothing = not one.judgeable or (guard.optional and observed is None)
    status = "not_applicable" if nothing else "passed" if outcome.success else "failed"
    # Without an observed value the figure is a number of rows.
    unit = guard.unit or ("" if "observed_value" in outcome.result else "rows")
    return _result(gate, guard.name, guard.severity, status, write(observed), one.threshold, unit)


def _result(
    gate: GateContext,
    name: str,
    severity: str,
    status: str,
    observed: str | None,
    threshold: str,
    unit: str = "",
) -> GateResult:
    return GateResult(gate.layer, gate.table, name, severity, status, observed, threshold, unit)


def _errored(gate: GateContext, name: str, why: str, severity: str = "critical") -> GateResult:
    return _result(gate, name, severity, "errored", why, "can run")
