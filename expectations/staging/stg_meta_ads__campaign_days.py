"""staging.stg_meta_ads__campaign_days: days of campaigns against raw, and that they are days."""

from expectations.guard import GateContext, Suite, equal, no_rows, volume


def suite(gate: GateContext) -> Suite:
    """Guards of what the campaigns cost, one row per campaign and day."""
    keys = (
        "select count(*) from (select distinct _source, account_id, campaign_id, date_start,"
        " date_stop from raw_by_kind.meta_ads_campaign_days where date_start = date_stop)"
    )
    longer = "select 1 from raw_by_kind.meta_ads_campaign_days where date_start <> date_stop"
    return Suite(
        (
            *volume(gate),
            equal("campaign days of raw and of staging", "count(*)", keys),
            # A report made without time_increment=1 sums up its days: none of its rows counts.
            no_rows("rows of more than one day", longer, severity="warning"),
        ),
        sources=("meta_ads",),
    )
