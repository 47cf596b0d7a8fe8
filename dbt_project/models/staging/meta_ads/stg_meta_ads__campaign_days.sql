with latest as (
    {{ latest_version(
        source('raw', 'meta_ads_campaign_days'),
        ['account_id', 'campaign_id', 'date_start', 'date_stop'],
    ) }}
),

actions as (
    select
        account_id,
        campaign_id,
        date_start,
        date_stop,
        {{ json_records('actions', {
            'action_type': 'varchar',
            'value': 'decimal(18, 4)',
        }) }} as action
    from latest
),

-- The platform tells one purchase under several names; this one holds all of them once.
purchases as (
    select
        account_id,
        campaign_id,
        date_start,
        date_stop,
        sum(action.value) as purchases_count
    from actions
    where action.action_type = 'omni_purchase'
    group by account_id, campaign_id, date_start, date_stop
),

campaign_days as (
    select
        _source as source_name,
        cast(latest.account_id as varchar) as account_id,
        cast(latest.campaign_id as varchar) as campaign_id,
        latest.campaign_name,
        latest.date_start as spend_date,
        upper(trim(latest.account_currency)) as currency_code,
        cast(latest.spend as decimal(18, 6)) as cost_amount,
        latest.impressions as impressions_count,
        -- Other platforms count the clicks that lead to the shop.
        coalesce(latest.inline_link_clicks, latest.clicks) as clicks_count,
        cast(coalesce(purchases.purchases_count, 0) as decimal(18, 4))
            as conversions_count
    from latest
    left join purchases
        on
            latest.account_id = purchases.account_id
            and latest.campaign_id = purchases.campaign_id
            and latest.date_start = purchases.date_start
            and latest.date_stop = purchases.date_stop
    -- Others are in stg_meta_ads__summaries.
    where latest.date_start = latest.date_stop
)

select * from campaign_days
