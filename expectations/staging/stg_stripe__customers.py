"""staging.stg_stripe__customers: customers of the payment provider against raw."""

from expectations.guard import Compared, GateContext, Suite, equal, living, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the payment provider's customers, one row each."""
    return Suite(
        (
            *volume(gate),
            living(gate),
            equal(
                "customers of raw and of staging",
                "count(*)",
                "select count(distinct (_source, id)) from raw_by_kind.stripe_customers",
            ),
            share(
                "customers with an e-mail address",
                "identifiers['email'] is not null",
                at_least=0.1,
                compared=Compared(drop=0.2),
            ),
        ),
        sources=("stripe",),
        may_be_empty=True,
    )
