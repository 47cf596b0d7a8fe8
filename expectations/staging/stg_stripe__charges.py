"""staging.stg_stripe__charges: charges against raw."""

from expectations.guard import Compared, GateContext, Suite, equal, share, volume


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
            # Orders name their charges too, but not those that failed.
            share(
                "charges that name their order",
                "order_id is not null",
                compared=Compared(drop=0.5),
            ),
        ),
        sources=("stripe",),
    )
