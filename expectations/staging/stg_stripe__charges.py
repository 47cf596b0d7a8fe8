"""staging.stg_stripe__charges: charges against raw."""

from expectations.guard import GateContext, Suite, equal, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the payment provider's charges in major units."""
    return Suite(
        (
            *volume(gate),
            equal(
                "charges of raw and of staging",
                "count(*)",
                "select count(distinct (_source, id)) from raw_by_kind.stripe_charges",
            ),
        ),
        sources=("stripe",),
    )
