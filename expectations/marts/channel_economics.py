"""marts.channel_economics: what customers cost and what one may cost.

Money is spent by it, so all spend and all customers are in it.
"""

from expectations.guard import Compared, GateContext, Suite, equal, measure, none
from expectations.marts.customer_lifetime_values import REVENUE_OF_BUYERS

SPEND = "select sum(spend) from core.ad_spend where spend_date <= getvariable('as_of_date')"


def suite(gate: GateContext) -> Suite:
    """Guards of channels, one row per channel and month."""
    cost = "sum(spend) / nullif(sum(new_customers_count) filter (where spend > 0), 0)"
    return Suite(
        (
            equal(
                "revenue of core and of the channels",
                "sum(historic_revenue)",
                REVENUE_OF_BUYERS,
                unit="money",
            ),
            equal(
                "buyers and customers of the channels",
                "sum(new_customers_count)",
                "select count(*) from marts.purchase_histories",
            ),
            # Each row is rounded to the cent.
            equal(
                "spend of core and of the channels",
                "sum(spend)",
                SPEND,
                within=0.005 * max(gate.row_count, 1),
                unit="money",
            ),
            none(
                "intervals that do not hold what they are of",
                "highest_acquisition_cost < highest_acquisition_cost_low",
            ),
            measure(
                "acquisition cost of paid channels",
                cost,
                severity="warning",
                compared=Compared(drop=0.3, rise=0.3),
                optional=True,
                unit="money",
            ),
        ),
        sources=gate.feeding("orders", "ad_spend"),
    )
