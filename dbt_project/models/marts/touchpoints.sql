-- A visit's channel: what its campaign says; else what the site before says; else
-- direct.
with sessions as (
    select
        *,
        nullif(lower(trim(utm_source)), '') as campaign_source,
        nullif(lower(trim(utm_medium)), '') as campaign_medium,
        {{ url_host('entry_page_url') }} as own_host,
        {{ url_host('referrer_url') }} as referrer_host
    from {{ ref('sessions') }}
),

orders as (
    select
        order_id,
        customer_id,
        placed_at
    from {{ ref('orders') }}
    where is_purchase
),

-- An order belongs to the visit it was placed in, or to the one that ended at most half
-- an hour before: payment pages are not tracked. With two devices at once, to the visit
-- that began last.
order_visits as (
    select
        sessions.session_id,
        orders.order_id,
        orders.placed_at,
        row_number() over (
            partition by orders.order_id
            order by sessions.started_at desc, sessions.session_id asc
        ) as visit_rank
    from orders
    inner join sessions
        on
            orders.customer_id = sessions.customer_id
            and orders.placed_at >= sessions.started_at
            and orders.placed_at <= sessions.ended_at + interval '30 minutes'
),

conversions as (
    select
        session_id,
        count(*) as orders_count,
        min(order_id) as first_order_id
    from order_visits
    where visit_rank = 1
    group by session_id
),

touchpoints as (
    select
        sessions.session_id,
        sessions.customer_id,
        sessions.device_id,
        sessions.started_at,
        sessions.ended_at,
        sessions.session_date,
        case
            when sessions.campaign_medium in ('cpc', 'ppc', 'paid_search', 'paidsearch')
                then 'paid_search'
            when
                sessions.campaign_medium in (
                    'paid_social', 'paidsocial', 'social_paid', 'cpm_social'
                )
                then 'paid_social'
            when sessions.campaign_medium in ('email', 'e-mail', 'newsletter')
                then 'email'
            when sessions.campaign_medium = 'sms' then 'sms'
            when sessions.campaign_medium in ('affiliate', 'affiliates')
                then 'affiliate'
            when sessions.campaign_medium in ('display', 'banner', 'cpm') then 'display'
            when sessions.campaign_medium in ('social', 'organic_social')
                then 'organic_social'
            when sessions.campaign_medium = 'organic' then 'organic_search'
            when sessions.campaign_medium = 'referral' then 'referral'
            when
                coalesce(sessions.campaign_medium, sessions.campaign_source) is not null
                then 'other_campaign'
            when
                sessions.referrer_host is null
                or sessions.referrer_host = sessions.own_host
                then 'direct'
            when
                regexp_matches(
                    sessions.referrer_host,
                    '(^|[.])(google|bing|duckduckgo|ecosia|qwant|yahoo|yandex|baidu)[.]'
                )
                then 'organic_search'
            when
                sessions.referrer_host = 't.co'
                or regexp_matches(
                    sessions.referrer_host,
                    '(^|[.])(facebook|instagram|tiktok|pinterest|linkedin)[.]com$'
                )
                then 'organic_social'
            else 'referral'
        end as channel,
        sessions.utm_source,
        sessions.utm_medium,
        sessions.utm_campaign,
        sessions.referrer_host,
        sessions.entry_page_url,
        sessions.is_first_of_device,
        sessions.is_logged_in,
        sessions.events_count,
        sessions.page_views_count,
        sessions.products_added_count,
        sessions.checkouts_started_count,
        cast(coalesce(conversions.orders_count, 0) as integer) as orders_count,
        conversions.first_order_id
    from sessions
    left join conversions on sessions.session_id = conversions.session_id
)

select * from touchpoints
