"""core.deals: what the sales team works on, and with whom."""

from expectations.guard import Compared, GateContext, Suite, carried, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of deals, one row each."""
    return Suite(
        (
            *volume(gate),
            *carried(("staging.stg_hubspot__deals",), money=("amount", "amount")),
            share(
                "deals of a known customer",
                "customer_id is not null",
                at_least=0.3,
                severity="warning",
                compared=Compared(drop=0.2),
            ),
        ),
        sources=("hubspot",),
        may_be_empty=True,
    )
