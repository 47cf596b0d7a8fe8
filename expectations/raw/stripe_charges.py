"""raw.stripe_charges, beyond what every raw table has: minor units, and live money."""

from expectations.guard import GateContext, Suite, measure, share
from expectations.shapes import newest_against_before


def suite(gate: GateContext) -> Suite:
    """Guards of the payment provider's charges as delivered."""
    amount = newest_against_before("median(amount) filter (where livemode)", gate.name, enough=8)
    return Suite(
        (
            measure(
                "charge in the newest file against before",
                amount,
                at_least=0.1,
                at_most=10,
                optional=True,
                unit="times",
            ),
            share("live charges", "livemode", at_least=0.5),
            share(
                "charges that name an order",
                "order_id is not null",
                at_least=0.5,
                severity="warning",
            ),
        )
    )
