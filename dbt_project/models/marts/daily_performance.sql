with revenue as (
    select
        calendar_date,
        orders_count,
        customers_count,
        new_customers_count,
        gross_revenue,
        refunded_revenue,
        net_revenue
    from {{ ref('revenue_daily') }}
),

visits as (
    select
        session_date as calendar_date,
        count(*) as sessions_count,
        count(*) filter (where products_added_count > 0) as cart_sessions_count,
        count(*) filter (where checkouts_started_count > 0) as checkout_sessions_count,
        count(*) filter (where orders_count > 0) as order_sessions_count
    from {{ ref('touchpoints') }}
    where session_date <= {{ as_of_date() }}
    group by session_date
),

spend as (
    select
        spend_date as calendar_date,
        sum(spend) as ad_spend
    from {{ ref('ad_spend') }}
    where spend_date <= {{ as_of_date() }}
    group by spend_date
),

ratings as (
    select
        {{ local_date('rated_at') }} as calendar_date,
        count(*) as rated_tickets_count,
        count(*) filter (where is_rated_good) as rated_good_count
    from {{ ref('tickets') }}
    where rated_at is not null and {{ local_date('rated_at') }} <= {{ as_of_date() }}
    group by {{ local_date('rated_at') }}
),

lapses as (
    select
        lapsed_date,
        next_date
    from {{ ref('purchase_rhythms') }}
    where lapsed_date is not null
),

losses as (
    select
        lapsed_date as calendar_date,
        count(*) as lapsed_customers_count
    from lapses
    group by lapsed_date
),

returns as (
    select
        next_date as calendar_date,
        count(*) as won_back_customers_count
    from lapses
    where next_date is not null
    group by next_date
),

dates as (
    select calendar_date from revenue
    union
    select calendar_date from visits
    union
    select calendar_date from spend
    union
    select calendar_date from ratings
),

daily_performance as (
    select
        dates.calendar_date,
        {{ reporting_currency() }} as currency_code,
        cast(coalesce(visits.sessions_count, 0) as integer) as sessions_count,
        cast(coalesce(visits.cart_sessions_count, 0) as integer)
            as cart_sessions_count,
        cast(coalesce(visits.checkout_sessions_count, 0) as integer)
            as checkout_sessions_count,
        cast(coalesce(visits.order_sessions_count, 0) as integer)
            as order_sessions_count,
        coalesce(revenue.orders_count, 0) as orders_count,
        coalesce(revenue.customers_count, 0) as customers_count,
        coalesce(revenue.new_customers_count, 0) as new_customers_count,
        cast(coalesce(returns.won_back_customers_count, 0) as integer)
            as won_back_customers_count,
        cast(coalesce(losses.lapsed_customers_count, 0) as integer)
            as lapsed_customers_count,
        cast(coalesce(ratings.rated_tickets_count, 0) as integer)
            as rated_tickets_count,
        cast(coalesce(ratings.rated_good_count, 0) as integer) as rated_good_count,
        cast(coalesce(revenue.gross_revenue, 0) as decimal(18, 2)) as gross_revenue,
        cast(coalesce(revenue.refunded_revenue, 0) as decimal(18, 2))
            as refunded_revenue,
        cast(coalesce(revenue.net_revenue, 0) as decimal(18, 2)) as net_revenue,
        cast(coalesce(spend.ad_spend, 0) as decimal(18, 2)) as ad_spend
    from dates
    left join revenue on dates.calendar_date = revenue.calendar_date
    left join visits on dates.calendar_date = visits.calendar_date
    left join spend on dates.calendar_date = spend.calendar_date
    left join ratings on dates.calendar_date = ratings.calendar_date
    left join losses on dates.calendar_date = losses.calendar_date
    left join returns on dates.calendar_date = returns.calendar_date
)

select * from daily_performance
