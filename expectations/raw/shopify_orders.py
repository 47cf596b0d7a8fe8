"""raw.shopify_orders, beyond what every raw table has: money, currencies and the clock."""

from expectations.guard import GateContext, Suite, measure, share
from expectations.raw_default import as_many_values
from expectations.shapes import hours_in_common, newest_against_before


def suite(gate: GateContext) -> Suite:
    """Guards of the shop's orders as delivered."""
    median = "median(total_price) filter (where not test)"
    return Suite(
        (
            # A currency in minor units, or thousands taken for ones, is a factor of 100 or more.
            measure(
                "order value in the newest file against before",
                newest_against_before(median, gate.name, enough=8),
                at_least=0.1,
                at_most=10,
                optional=True,
                unit="times",
            ),
            measure(
                "order value in the newest file as usual",
                newest_against_before(median, gate.name, enough=50),
                at_least=0.5,
                at_most=2,
                severity="warning",
                optional=True,
                unit="times",
            ),
            measure(
                "orders of the newest file by hour as before",
                hours_in_common("processed_at", gate.name),
                at_least=0.4,
                severity="warning",
                optional=True,
                unit="share",
            ),
            as_many_values(gate, "customer_id"),
            share("test orders", "test", at_most=0.2, severity="warning"),
        )
    )
