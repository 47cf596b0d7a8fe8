"""staging.stg_stripe__disputes: disputes against raw, and whether the provider's bookings say
what its states say."""

from expectations.guard import GateContext, Suite, equal, none, volume


def suite(gate: GateContext) -> Suite:
    """Guards of disputes, one row each."""
    return Suite(
        (
            *volume(gate),
            equal(
                "disputes of raw and of staging",
                "count(*)",
                "select count(distinct (_source, id)) from raw_by_kind.stripe_disputes",
            ),
            # Core goes by the state; the money follows it within days.
            none(
                "won disputes whose money did not come back",
                "status = 'won' and returned_amount < withdrawn_amount",
                severity="warning",
            ),
            none(
                "lost disputes whose money came back",
                "status = 'lost' and returned_amount >= withdrawn_amount",
                severity="warning",
            ),
        ),
        sources=("stripe",),
        may_be_empty=True,
    )
