-- An advertisement's channel is the one by which most visits of its campaign came; a
-- campaign that brought no visit has the channel that its platform mostly sells.
with campaign_days as (
    select
        source_name,
        campaign_name,
        spend_date,
        spend
    from {{ ref('ad_spend') }}
    where spend_date <= {{ as_of_date() }}
),

campaign_visits as (
    select
        utm_campaign,
        channel,
        count(*) as visits_count
    from {{ ref('touchpoints') }}
    where utm_campaign is not null
    group by utm_campaign, channel
),

campaign_channels as (
    select
        utm_campaign,
        channel,
        row_number() over (
            partition by utm_campaign order by visits_count desc, channel asc
        ) as channel_rank
    from campaign_visits
),

channelled as (
    select
        coalesce(
            campaign_channels.channel,
            case campaign_days.source_name
                when 'google_ads' then 'paid_search'
                when 'meta_ads' then 'paid_social'
                else 'other_campaign'
            end
        ) as channel,
        cast(date_trunc('month', campaign_days.spend_date) as date) as spend_month,
        campaign_days.spend
    from campaign_days
    left join campaign_channels
        on
            campaign_days.campaign_name = campaign_channels.utm_campaign
            and campaign_channels.channel_rank = 1
),

channel_spend as (
    select
        channel,
        spend_month,
        {{ reporting_currency() }} as currency_code,
        cast(sum(spend) as decimal(18, 6)) as spend
    from channelled
    group by channel, spend_month
)

select * from channel_spend
