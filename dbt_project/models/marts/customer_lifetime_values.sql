-- The past is counted, the future is forecast: the two stand side by side and say which
-- method the forecast is by.
with histories as (
    select
        customer_id,
        cohort_month,
        orders_count
    from {{ ref('purchase_histories') }}
),

-- What was given back on an order that is no purchase lowers what the customer brought, too.
revenues as (
    select
        customer_id,
        sum(net_revenue) as historic_revenue
    from {{ ref('orders') }}
    where placed_date <= {{ as_of_date() }}
    group by customer_id
),

scores as (
    select
        customer_id,
        method,
        is_fallback,
        fallback_reason,
        probability_alive,
        expected_orders_90_days,
        expected_orders_365_days,
        expected_order_amount,
        predicted_revenue_90_days,
        predicted_revenue_365_days,
        predicted_revenue_365_days_low,
        predicted_revenue_365_days_high,
        next_order_expected_on
    from {{ source('steps', 'ltv_scores') }}
),

first_touches as (
    select
        customer_id,
        first_channel
    from {{ ref('first_touches') }}
),

customer_lifetime_values as (
    select
        histories.customer_id,
        histories.cohort_month,
        coalesce(first_touches.first_channel, 'unknown') as first_channel,
        {{ reporting_currency() }} as currency_code,
        histories.orders_count,
        cast(revenues.historic_revenue as decimal(18, 2)) as historic_revenue,
        scores.method,
        scores.is_fallback,
        scores.fallback_reason,
        cast(scores.probability_alive as decimal(6, 4)) as probability_alive,
        cast(scores.expected_orders_90_days as decimal(12, 4))
            as expected_orders_90_days,
        cast(scores.expected_orders_365_days as decimal(12, 4))
            as expected_orders_365_days,
        cast(scores.expected_order_amount as decimal(18, 2)) as expected_order_amount,
        cast(scores.predicted_revenue_90_days as decimal(18, 2))
            as predicted_revenue_90_days,
        cast(scores.predicted_revenue_365_days as decimal(18, 2))
            as predicted_revenue_365_days,
        cast(scores.predicted_revenue_365_days_low as decimal(18, 2))
            as predicted_revenue_365_days_low,
        cast(scores.predicted_revenue_365_days_high as decimal(18, 2))
            as predicted_revenue_365_days_high,
        scores.next_order_expected_on,
        cast(
            revenues.historic_revenue + scores.predicted_revenue_365_days
            as decimal(18, 2)
        ) as lifetime_value
    from histories
    inner join revenues on histories.customer_id = revenues.customer_id
    left join scores on histories.customer_id = scores.customer_id
    left join first_touches on histories.customer_id = first_touches.customer_id
)

select * from customer_lifetime_values
