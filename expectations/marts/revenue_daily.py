"""marts.revenue_daily: the curve that everybody looks at.

It must be core.orders and nothing else, up to the last complete day.
"""

from expectations.guard import GateContext, Suite, equal, measure, volume
from expectations.marts.customer_lifetime_values import REVENUE


def suite(gate: GateContext) -> Suite:
    """Guards of revenue by day."""
    return Suite(
        (
            *volume(gate),
            equal("revenue of core and of the days", "sum(net_revenue)", REVENUE, unit="money"),
            measure(
                "days after the last complete day",
                "date_diff('day', getvariable('as_of_date'), max(calendar_date))",
                at_least=0,
                at_most=0,
                unit="days",
            ),
            measure(
                "days without an order among the last 28",
                (
                    "count(*) filter (where orders_count = 0 and calendar_date >"
                    " getvariable('as_of_date') - 28)"
                ),
                at_most=21,
                severity="warning",
                unit="days",
            ),
        ),
        sources=gate.feeding("orders"),
    )
