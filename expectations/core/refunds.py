"""core.refunds: money given back."""

from expectations.guard import GateContext, Suite, carried, measure, volume


def suite(gate: GateContext) -> Suite:
    """Guards of refunds."""
    return Suite(
        (
            *volume(gate),
            *carried(gate.staged("refunds"), money=("amount", "amount")),
            measure(
                "refunds per order",
                "count(*) / nullif((select count(*) from core.orders), 0)",
                at_most=0.5,
                severity="warning",
                unit="refunds",
            ),
        ),
        sources=gate.feeding("refunds"),
        may_be_empty=True,
    )
