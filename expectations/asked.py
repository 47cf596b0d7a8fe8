"""Great Expectations, asked about one table."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import great_expectations.expectations as builtin
import sqlalchemy
from great_expectations.core.batch import Batch
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.validator.validator import Validator

from expectations.guard import MEASURE, GateContext, Guard
from expectations.measure import ExpectMeasureToBeBetween

# Counts and no rows: without it Great Expectations puts twenty values of the
# column into its result.
RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}
# These arise before a row is read, so their text holds names of columns and tables only.
_BEFORE_ROWS = re.compile(r"(?:Binder|Catalog|Parser) Error: [^\n]*")
_KIND = re.compile(r"\b[A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+)? Error\b|\b[A-Z]\w*(?:Error|Exception)\b")


class _Validator(Validator):
    """Great Expectations' validator, without the progress bar that it writes when it
    has no data context."""

    def _determine_progress_bars(self) -> bool:
        return False


def make(guard: Guard, index: int) -> Expectation:
    """The expectation of a guard. Errors: whatever Great Expectations has against its arguments."""
    kind = (
        ExpectMeasureToBeBetween
        if guard.expectation == MEASURE
        else getattr(builtin, guard.expectation)
    )
    return kind(**guard.arguments, meta={"guard": index})


def ask(
    gate: GateContext, expectations: list[Expectation], execution: SqlAlchemyExecutionEngine
) -> dict[int, ExpectationValidationResult]:
    """The results of a table's expectations, by the index that `make` was given."""
    table = sqlalchemy.table(gate.table, schema=gate.layer)
    data = SqlAlchemyBatchData(
        execution_engine=execution,
        selectable=sqlalchemy.select(sqlalchemy.text("*")).select_from(table),
        create_temp_table=False,
        source_table_name=gate.table,
        source_schema_name=gate.layer,
    )
    # Its annotation says class where it means instance.
    batches = [Batch(data=data)]  # type: ignore[arg-type]
    validator = _Validator(execution_engine=execution, batches=batches)
    with _configured_once():
        results = validator.graph_validate(
            configurations=[expectation.configuration for expectation in expectations],
            runtime_configuration={"catch_exceptions": True, "result_format": RESULT_FORMAT},
        )
    return {
        result.expectation_config.meta["guard"]: result
        for result in results
        if result.expectation_config
    }


@contextmanager
def _configured_once() -> Iterator[None]:
    """Great Expectations makes an expectation's configuration anew each time that it looks at one
    of its arguments, some twenty times an expectation."""
    made: dict[int, tuple[Expectation, ExpectationConfiguration]] = {}
    plain = Expectation.configuration

    def configuration(self: Expectation) -> ExpectationConfiguration:
        if id(self) not in made:
            # The expectation is kept, too, so that no other gets its id.
            made[id(self)] = (self, plain.__get__(self))
        return made[id(self)][1]

    Expectation.configuration = property(configuration)  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Expectation.configuration = plain  # type: ignore[method-assign]


def why_not_run(info: Mapping[str, Any] | None) -> str | None:
    """What kept an expectation from running, without any text that could quote a value;
    None when it ran."""
    if not info or info.get("raised_exception") is False:
        return None
    nested = (
        [info]
        if "exception_message" in info
        else [one for one in info.values() if isinstance(one, dict)]
    )
    text = "\n".join(str(one.get("exception_message")) for one in nested)
    names = _BEFORE_ROWS.search(text)
    if names:
        return names[0]
    kind = _KIND.search(text)
    return f"{kind[0] if kind else 'an error'} (its text is withheld: it may quote a value)"
