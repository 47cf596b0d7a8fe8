"""staging.stg_google_ads__campaign_days: days of campaigns against raw."""

from expectations.guard import GateContext, Suite, equal, volume


def suite(gate: GateContext) -> Suite:
    """Guards of what the campaigns cost, one row per campaign and day."""
    keys = (
        "select count(*) from (select distinct _source, customer_id, campaign_id,"
        " date from raw_by_kind.google_ads_campaign_days)"
    )
    return Suite(
        (*volume(gate), equal("campaign days of raw and of staging", "count(*)", keys)),
        sources=("google_ads",),
    )
