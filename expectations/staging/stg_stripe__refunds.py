"""staging.stg_stripe__refunds: refunds against raw."""

from expectations.guard import GateContext, Suite, equal, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the payment provider's refunds in major units."""
    keys = "select count(distinct (_source, id)) from raw_by_kind.stripe_refunds"
    return Suite(
        (*volume(gate), equal("refunds of raw and of staging", "count(*)", keys)),
        sources=("stripe",),
        may_be_empty=True,
    )
