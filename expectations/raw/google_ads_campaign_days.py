"""raw.google_ads_campaign_days, beyond what every raw table has: the unit of the cost.

Without earlier files core.ad_spend judges it, where it can be held against orders.
"""

from expectations.guard import GateContext, Suite, measure
from expectations.shapes import newest_against_before


def suite(gate: GateContext) -> Suite:
    """Guards of the ad platform's daily report."""
    # A row's own, and the median of them: one row that is wrong moves it little.
    a_click = "median(cost_micros / 1e6 / nullif(clicks, 0))"
    cost = newest_against_before(a_click, gate.name, enough=7)
    return Suite(
        (
            measure(
                "cost of a click in the newest file against before",
                cost,
                at_least=0.05,
                at_most=20,
                optional=True,
                unit="times",
            ),
        )
    )
