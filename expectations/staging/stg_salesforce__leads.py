"""staging.stg_salesforce__leads: leads against raw, and how many of them can be told apart."""

from expectations.guard import Compared, GateContext, Suite, equal, living, none, share, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the second CRM's leads, one row each."""
    return Suite(
        (
            *volume(gate),
            living(gate),
            equal(
                "leads of raw and of staging",
                "count(*)",
                # One id is written in 15 characters or in 18.
                "select count(distinct (leads._source, coalesce(ids.salesforce_id, leads.id)))"
                " from raw_by_kind.salesforce_leads as leads"
                " left join staging.stg_salesforce__ids as ids on leads.id = ids.written_id",
            ),
            share(
                "leads with an e-mail address",
                "identifiers['email'] is not null",
                at_least=0.1,
                compared=Compared(drop=0.2),
            ),
            none(
                "converted leads without a contact",
                (
                    "is_converted and record_id not in (select merged_record_id"
                    " from staging.stg_salesforce__merges)"
                ),
                severity="warning",
            ),
        ),
        sources=("salesforce",),
        may_be_empty=True,
    )
