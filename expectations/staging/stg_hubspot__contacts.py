"""staging.stg_hubspot__contacts: contacts against raw, and how many of them can be told apart."""

from expectations.guard import Compared, GateContext, Suite, equal, living, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the CRM's contacts, one row each."""
    return Suite(
        (
            *volume(gate),
            living(gate),
            equal(
                "contacts of raw and of staging",
                "count(*)",
                "select count(distinct (_source, id)) from raw_by_kind.hubspot_contacts",
            ),
            share(
                "contacts with an e-mail address",
                "identifiers['email'] is not null",
                at_least=0.1,
                compared=Compared(drop=0.2),
            ),
            share("archived contacts", "is_archived", at_most=0.5, severity="warning"),
        ),
        sources=("hubspot",),
    )
