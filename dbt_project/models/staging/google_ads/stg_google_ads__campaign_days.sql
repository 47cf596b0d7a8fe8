with latest as (
    {{ latest_version(
        source('raw', 'google_ads_campaign_days'),
        ['customer_id', 'campaign_id', 'date'],
    ) }}
),

campaign_days as (
    select
        _source as source_name,
        cast(customer_id as varchar) as account_id,
        cast(campaign_id as varchar) as campaign_id,
        campaign_name,
        "date" as spend_date,
        upper(trim(currency_code)) as currency_code,
        cast(cost_micros * 0.000001 as decimal(18, 6)) as cost_amount,
        impressions as impressions_count,
        clicks as clicks_count,
        coalesce(conversions, 0) as conversions_count
    from latest
)

select * from campaign_days
