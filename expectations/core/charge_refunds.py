"""core.charge_refunds: money given back, in the payment provider's own books."""

from expectations.guard import GateContext, Suite, carried, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the provider's refunds."""
    return Suite(
        (
            *volume(gate),
            *carried(("staging.stg_stripe__refunds",), money=("amount", "amount")),
            share(
                "refunds of a known charge",
                "charge_id in (select charge_id from core.charges)",
                at_least=0.95,
                severity="warning",
            ),
            share("refunds that came back", "not is_counted", at_most=0.2, severity="warning"),
        ),
        sources=("stripe",),
        may_be_empty=True,
    )
