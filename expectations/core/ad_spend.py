"""core.ad_spend: what advertising cost. Acquisition cost divides by it."""

from expectations.guard import GateContext, Suite, carried, measure, volume
from expectations.shapes import last_week


def suite(gate: GateContext) -> Suite:
    """Guards of ad spend, one row per campaign and day."""
    return Suite(
        (
            *volume(gate),
            *carried(gate.staged("ad_spend"), money=("cost_amount", "cost_amount")),
            measure(
                "spend of the last week against four before",
                last_week("avg(spend)", "spend_date", "core.ad_spend", enough=7),
                at_least=0.1,
                at_most=10,
                severity="warning",
                optional=True,
                unit="times",
            ),
        ),
        sources=gate.feeding("ad_spend"),
    )
