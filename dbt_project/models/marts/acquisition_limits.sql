-- What may a new customer cost us there? What each of the channel's left so far, and is
-- expected to leave within a year.
with economics as (
    select
        channel,
        sum(spend) as spend,
        sum(new_customers_count) as new_customers_count,
        sum(historic_revenue) as historic_revenue,
        sum(historic_margin) as historic_margin,
        sum(predicted_revenue_365_days) as predicted_revenue,
        sum(fallback_customers_count) as fallback_customers_count
    from {{ ref('channel_economics') }}
    group by channel
),

forecasts as (
    select
        segment,
        predicted_revenue_low,
        predicted_revenue_high,
        interval_basis
    from {{ ref('ltv_totals') }}
    where horizon_days = 365
),

shares as (
    select
        *,
        case
            when historic_revenue > 0 then historic_margin / historic_revenue
            else {{ gross_margin() }}
        end as margin_share,
        nullif(new_customers_count, 0) as customers_count
    from economics
),

means as (
    select
        *,
        spend / customers_count as acquisition_cost,
        historic_margin / customers_count as customer_margin,
        margin_share / customers_count as value_of_revenue
    from shares
),

acquisition_limits as (
    select
        means.channel,
        {{ reporting_currency() }} as currency_code,
        cast(means.spend as decimal(18, 2)) as spend,
        cast(means.new_customers_count as integer) as new_customers_count,
        cast(means.acquisition_cost as decimal(18, 2)) as acquisition_cost,
        cast(means.customer_margin as decimal(18, 2)) as historic_margin,
        cast(means.margin_share as decimal(18, 4)) as margin_share,
        cast(
            means.customer_margin + means.predicted_revenue * means.value_of_revenue
            as decimal(18, 2)
        ) as highest_acquisition_cost,
        cast(
            means.customer_margin
            + forecasts.predicted_revenue_low * means.value_of_revenue
            as decimal(18, 2)
        ) as highest_acquisition_cost_low,
        cast(
            means.customer_margin
            + forecasts.predicted_revenue_high * means.value_of_revenue
            as decimal(18, 2)
        ) as highest_acquisition_cost_high,
        cast(
            (means.customer_margin + means.predicted_revenue * means.value_of_revenue)
            / nullif(means.acquisition_cost, 0) as decimal(18, 2)
        ) as value_to_cost,
        {{ rate('means.fallback_customers_count', 'means.customers_count') }}
            as fallback_share,
        forecasts.interval_basis
    from means
    left join forecasts on means.channel = forecasts.segment
)

select * from acquisition_limits
