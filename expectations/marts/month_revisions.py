"""marts.month_revisions: what every night said of every month.

Its last word must be what the books say tonight.
"""

from expectations.guard import GateContext, Suite, equal, volume
from expectations.marts.customer_lifetime_values import REVENUE


def suite(gate: GateContext) -> Suite:
    """Guards of the history of months."""
    last_words = (
        "select * from marts.month_revisions"
        " qualify row_number() over (partition by calendar_month order by as_of desc) = 1"
    )
    return Suite(
        (
            *volume(gate),
            equal(
                "revenue of core and of the last words",
                f"max((select sum(net_revenue) from ({last_words})))",
                REVENUE,
                unit="money",
            ),
        ),
        sources=gate.feeding("orders"),
    )
