"""staging.stg_salesforce__contacts: contacts against raw,
and how many of them can be told apart."""

from expectations.guard import Compared, GateContext, Suite, equal, living, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the second CRM's contacts, one row each."""
    return Suite(
        (
            *volume(gate),
            living(gate),
            equal(
                "contacts of raw and of staging",
                "count(*)",
                # One id is written in 15 characters or in 18.
                "select"
                " count(distinct (contacts._source, coalesce(ids.salesforce_id, contacts.id)))"
                " from raw_by_kind.salesforce_contacts as contacts"
                " left join staging.stg_salesforce__ids as ids on contacts.id = ids.written_id",
            ),
            share(
                "contacts with an e-mail address",
                "identifiers['email'] is not null",
                at_least=0.1,
                compared=Compared(drop=0.2),
            ),
            share("deleted contacts", "is_deleted", at_most=0.5, severity="warning"),
        ),
        sources=("salesforce",),
        may_be_empty=True,
    )
