with campaign_days as (
    {{ union_feed('ad_spend', {
        'source_name': 'varchar',
        'account_id': 'varchar',
        'campaign_id': 'varchar',
        'campaign_name': 'varchar',
        'spend_date': 'date',
        'currency_code': 'varchar',
        'cost_amount': 'decimal(18,6)',
        'impressions_count': 'bigint',
        'clicks_count': 'bigint',
        'conversions_count': 'decimal(18,4)',
    }) }}
),

exchange_rates as (
    select
        currency_code,
        rate_date,
        exchange_rate
    from {{ ref('exchange_rates') }}
),

ad_spend as (
    select
        campaign_days.source_name
        || ':' || campaign_days.account_id
        || ':' || campaign_days.campaign_id
        || ':' || campaign_days.spend_date as ad_spend_id,
        campaign_days.source_name,
        campaign_days.account_id,
        campaign_days.campaign_id,
        campaign_days.campaign_name,
        campaign_days.spend_date,
        campaign_days.currency_code,
        cast(campaign_days.cost_amount as decimal(18, 6)) as cost_amount,
        exchange_rates.exchange_rate,
        -- Cost is kept to six places: cents would be lost by rounding every campaign's
        -- day.
        cast(
            cast(campaign_days.cost_amount as decimal(18, 6))
            * exchange_rates.exchange_rate as decimal(18, 6)
        ) as spend,
        campaign_days.impressions_count,
        campaign_days.clicks_count,
        cast(campaign_days.conversions_count as decimal(18, 4)) as conversions_count
    from campaign_days
    left join exchange_rates
        on
            campaign_days.currency_code = exchange_rates.currency_code
            and campaign_days.spend_date = exchange_rates.rate_date
)

select * from ad_spend
