"""staging.stg_zendesk__users: people who asked for help against raw."""

from expectations.guard import Compared, GateContext, Suite, equal, living, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the support desk's users, one row each."""
    return Suite(
        (
            *volume(gate),
            living(gate),
            equal(
                "users of raw and of staging",
                "count(*)",
                "select count(distinct (_source, id)) from raw_by_kind.zendesk_users"
                " where role not in ('agent', 'admin')",
                severity="warning",
            ),
            share(
                "users with an e-mail address",
                "identifiers['email'] is not null",
                at_least=0.1,
                compared=Compared(drop=0.2),
            ),
        ),
        sources=("zendesk",),
        may_be_empty=True,
    )
