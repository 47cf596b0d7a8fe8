"""core.refunds: money given back."""

from expectations.guard import GateContext, Suite, carried, measure, volume

STAGED = {source: f"staging.stg_{source}__refunds" for source in ("shopify", "online_retail")}


def suite(gate: GateContext) -> Suite:
    """Guards of refunds."""
    return Suite(
        (
            *volume(gate),
            *carried(STAGED, money=("amount", "amount")),
            measure(
                "refunds per order",
                "count(*) / nullif((select count(*) from core.orders), 0)",
                at_most=0.5,
                severity="warning",
            ),
        ),
        sources=tuple(STAGED),
        may_be_empty=True,
    )
