-- A rate of a single day is mostly chance, so each is that of the 28 days that end with
-- the day; where there is nothing to divide by there is no rate.
with days as (
    select
        *,
        sum(
            new_customers_count + won_back_customers_count - lapsed_customers_count
        ) over (order by calendar_date) as active_customers_count
    from {{ ref('daily_performance') }}
),

sums as (
    select
        calendar_date,
        currency_code,
        active_customers_count,
        sum(sessions_count) over last_28_days as sessions_count,
        sum(cart_sessions_count) over last_28_days as cart_sessions_count,
        sum(checkout_sessions_count) over last_28_days as checkout_sessions_count,
        sum(order_sessions_count) over last_28_days as order_sessions_count,
        sum(customers_count) over last_28_days as customers_count,
        sum(new_customers_count) over last_28_days as new_customers_count,
        sum(won_back_customers_count) over last_28_days as won_back_customers_count,
        sum(lapsed_customers_count) over last_28_days as lapsed_customers_count,
        sum(rated_tickets_count) over last_28_days as rated_tickets_count,
        sum(rated_good_count) over last_28_days as rated_good_count,
        sum(gross_revenue) over last_28_days as gross_revenue,
        sum(refunded_revenue) over last_28_days as refunded_revenue,
        sum(ad_spend) over last_28_days as ad_spend
    from days
    window
        last_28_days as (
            order by calendar_date
            range between interval '27 days' preceding and current row
        )
),

-- Who came or came back within the 28 days was not there to be lost when they began.
bases as (
    select
        *,
        active_customers_count
        + lapsed_customers_count
        - new_customers_count
        - won_back_customers_count as customers_before_count
    from sums
),

kpis_daily as (
    select
        calendar_date,
        currency_code,
        cast(ad_spend / nullif(new_customers_count, 0) as decimal(18, 2))
            as acquisition_cost,
        {{ rate('cart_sessions_count', 'sessions_count') }} as cart_rate,
        {{ rate('checkout_sessions_count', 'sessions_count') }} as checkout_rate,
        {{ rate('order_sessions_count', 'sessions_count') }} as conversion_rate,
        {{ rate('customers_count - new_customers_count', 'customers_count') }}
            as repeat_rate,
        cast(active_customers_count as integer) as active_customers_count,
        {{ rate('lapsed_customers_count', 'customers_before_count') }} as churn_rate,
        {{ rate('refunded_revenue', 'gross_revenue') }} as refund_rate,
        {{ rate('rated_good_count', 'rated_tickets_count') }} as satisfaction_rate
    from bases
)

select * from kpis_daily
