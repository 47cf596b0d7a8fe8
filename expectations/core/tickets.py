"""core.tickets: what people asked the support desk, and how content they were."""

from expectations.guard import Compared, GateContext, Suite, carried, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of tickets, one row each."""
    return Suite(
        (
            *volume(gate),
            *carried(("staging.stg_zendesk__tickets",)),
            share(
                "tickets of a known customer",
                "customer_id is not null",
                at_least=0.5,
                severity="warning",
                compared=Compared(drop=0.2),
            ),
            share(
                "good ratings among all",
                "is_rated_good",
                severity="warning",
                compared=Compared(drop=0.3),
            ),
        ),
        sources=("zendesk",),
        may_be_empty=True,
    )
