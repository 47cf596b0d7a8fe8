"""staging.stg_meta_ads__campaign_days: days of campaigns against raw."""

from expectations.guard import GateContext, Suite, equal, volume


def suite(gate: GateContext) -> Suite:
    """Guards of what the campaigns cost, one row per campaign and day."""
    keys = (
        "select count(*) from (select distinct _source, account_id, campaign_id, date_start,"
        " date_stop from raw_by_kind.meta_ads_campaign_days where date_start = date_stop)"
    )
    return Suite(
        (
            *volume(gate),
            equal("campaign days of raw and of staging", "count(*)", keys),
        ),
        sources=("meta_ads",),
    )
