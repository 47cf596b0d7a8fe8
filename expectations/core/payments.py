"""core.payments: every movement of money on an order, and what it is for the books."""

from expectations.guard import (
    Compared,
    GateContext,
    Suite,
    carried,
    measure,
    of_enough,
    share,
    volume,
)


def suite(gate: GateContext) -> Suite:
    """Guards of payments."""
    return Suite(
        (
            *volume(gate),
            *carried(gate.staged("payments"), money=("amount", "amount")),
            share(
                "successful movements",
                "status = 'success'",
                at_least=0.5,
                severity="warning",
                compared=Compared(drop=0.2),
            ),
            measure(
                "captures per paid order",
                of_enough(
                    "count(*) filter (where movement = 'captured') /"
                    " nullif(count(distinct order_id) filter (where movement = 'captured'), 0)"
                ),
                at_most=3,
                compared=Compared(rise=0.3),
                optional=True,
                unit="captures",
            ),
        ),
        sources=gate.feeding("payments"),
    )
