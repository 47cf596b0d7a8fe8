"""The one expectation of our own: a number, computed in SQL, held between bounds.

Imports Great Expectations. Great Expectations bundles aggregate metrics of one table into one
statement; this metric is of that kind, so a table's measures cost one scan together (a hundredth of
what one query each costs), and its result is a number by construction, never a value of a row.
"""

from typing import Any, ClassVar

import sqlalchemy
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import metric_partial
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider


class TableMeasure(TableMetricProvider):
    """The metric behind the expectation: `expression` evaluated over the table."""

    metric_name = "table.measure"
    value_keys = ("expression",)

    @metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _sqlalchemy(
        cls,
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> tuple[sqlalchemy.ColumnElement, dict[str, Any], dict[str, Any]]:
        # As a double: a text (a value of a row) or a decimal of 38 digits cannot leave by this way.
        expression = f"({metric_value_kwargs['expression']})::double"
        return sqlalchemy.literal_column(expression), metric_domain_kwargs, {}


class ExpectMeasureToBeBetween(BatchExpectation):
    """Expect the value of an SQL aggregate to lie between two bounds,
    both inclusive; null never does."""

    expression: str
    min_value: float | None = None
    max_value: float | None = None

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.measure",)
    success_keys: ClassVar[tuple[str, ...]] = ("expression", "min_value", "max_value")
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        value = metrics["table.measure"]
        inside = (
            value is not None
            and (self.min_value is None or value >= self.min_value)
            and (self.max_value is None or value <= self.max_value)
        )
        return {"success": inside, "result": {"observed_value": value}}
