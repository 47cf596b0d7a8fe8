"""marts.cohorts: what customers of a month brought since.

Every buyer is in one cohort, and all revenue is a cohort's.
"""

from expectations.guard import GateContext, Suite, equal, none, volume
from expectations.marts.customer_lifetime_values import REVENUE_OF_BUYERS


def suite(gate: GateContext) -> Suite:
    """Guards of cohorts, one row per channel, month of the first purchase and month since."""
    return Suite(
        (
            *volume(gate),
            equal(
                "revenue of core and of the cohorts",
                "sum(net_revenue)",
                REVENUE_OF_BUYERS,
                unit="money",
            ),
            equal(
                "buyers and customers of the cohorts",
                "sum(customers_count) filter (where month_number = 0)",
                "select count(*) from marts.purchase_histories",
            ),
            none(
                "more customers active than there are", "active_customers_count > customers_count"
            ),
        ),
        sources=gate.feeding("orders"),
    )
