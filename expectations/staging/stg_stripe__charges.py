"""staging.stg_stripe__charges: charges and their money against raw."""

from expectations.guard import GateContext, Suite, equal, none, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the payment provider's charges in major units."""
    return Suite(
        (
            *volume(gate),
            equal("charges of raw and of staging", "count(*)", "select count(distinct id) from raw.stripe_charges"),
            # A currency that the list of currencies does not know has no minor unit, and its charges no amount.
            none("charges without an amount", "amount is null"),
        ),
        sources=("stripe",),
    )
