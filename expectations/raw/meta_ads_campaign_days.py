"""raw.meta_ads_campaign_days, beyond what every raw table has: the unit of the cost."""

from expectations.guard import GateContext, Suite, measure
from expectations.shapes import newest_against_before


def suite(gate: GateContext) -> Suite:
    """Guards of the ad platform's daily report."""
    # A row's own, and the median of them: one row that is wrong moves it little.
    a_click = "median(spend / nullif(clicks, 0))"
    cost = newest_against_before(a_click, gate.name, enough=7)
    return Suite(
        (
            # A click costs cents to some tens of the currency; cents taken for units are
            # a hundred times off.
            measure(
                "cost of a click",
                a_click,
                at_least=0.001,
                at_most=1000,
                optional=True,
                unit="of the account's currency",
            ),
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
