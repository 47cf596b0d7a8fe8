"""staging.stg_zendesk__tickets: tickets against raw, and whether they still say something."""

from expectations.guard import Compared, GateContext, Suite, equal, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the support desk's tickets, one row each."""
    return Suite(
        (
            *volume(gate),
            equal(
                "tickets of raw and of staging",
                "count(*)",
                "select count(distinct (_source, id)) from raw_by_kind.zendesk_tickets",
            ),
            share(
                "tickets with a text",
                "length(body) > 0",
                at_least=0.5,
                severity="warning",
                compared=Compared(drop=0.2),
            ),
            share(
                "tickets of a user that was delivered",
                "record_id in (select record_id from staging.stg_zendesk__users)",
                at_least=0.5,
                severity="warning",
            ),
        ),
        sources=("zendesk",),
        may_be_empty=True,
    )
