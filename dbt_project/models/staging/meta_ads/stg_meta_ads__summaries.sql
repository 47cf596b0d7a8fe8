-- Rows that sum up several days, or end before they begin. The days may stand in other rows as
-- well, so these are in no spend; core.findings names them.
with latest as (
    {{ latest_version(
        source('raw', 'meta_ads_campaign_days'),
        ['account_id', 'campaign_id', 'date_start', 'date_stop'],
    ) }}
),

summaries as (
    select
        _source
        || ':' || account_id
        || ':' || campaign_id
        || ':' || date_start
        || ':' || date_stop as summary_id,
        date_start as spend_date,
        upper(trim(account_currency)) as currency_code,
        cast(spend as decimal(18, 6)) as cost_amount
    from latest
    where date_start <> date_stop
)

select * from summaries
