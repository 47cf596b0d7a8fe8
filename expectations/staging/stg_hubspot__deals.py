"""staging.stg_hubspot__deals: deals against raw, and whether they still name contacts."""

from expectations.guard import Compared, GateContext, Suite, equal, measure, volume


def suite(gate: GateContext) -> Suite:
    """Guards of the CRM's deals, one row each."""
    named = "(select count(distinct deal_id) from staging.stg_hubspot__deal_contacts)"
    return Suite(
        (
            *volume(gate),
            equal(
                "deals of raw and of staging",
                "count(*)",
                "select count(distinct (_source, id)) from raw_by_kind.hubspot_deals",
            ),
            # Associations are asked for separately: an export without them is whole
            # in everything else.
            measure(
                "deals that name a contact",
                f"{named} / count(*)",
                at_least=0.5,
                severity="warning",
                compared=Compared(drop=0.2),
                unit="share",
            ),
        ),
        sources=("hubspot",),
        may_be_empty=True,
    )
