-- What customers of a channel cost, brought and promise, and so what one more may cost.
-- Held against cost is margin, since revenue pays for the goods first.
with channel_spend as (
    select
        channel,
        spend_month,
        spend
    from {{ ref('channel_spend') }}
),

-- The payback month is the first at whose end a cohort's margin had covered its cost.
brought as (
    select
        cohorts.first_channel as channel,
        cohorts.cohort_month,
        max(cohorts.customers_count) as new_customers_count,
        sum(cohorts.net_revenue) as historic_revenue,
        sum(cohorts.margin) as historic_margin,
        min(
            case
                when
                    channel_spend.spend > 0
                    and cohorts.cumulative_margin >= channel_spend.spend
                    then cohorts.month_number
            end
        ) as payback_months
    from {{ ref('cohorts') }} as cohorts
    left join channel_spend
        on
            cohorts.first_channel = channel_spend.channel
            and cohorts.cohort_month = channel_spend.spend_month
    group by cohorts.first_channel, cohorts.cohort_month
),

promised as (
    select
        first_channel as channel,
        cohort_month,
        sum(predicted_revenue_365_days) as predicted_revenue,
        count(*) filter (where is_fallback) as fallback_customers_count
    from {{ ref('customer_lifetime_values') }}
    group by first_channel, cohort_month
),

by_month as (
    select
        coalesce(brought.channel, channel_spend.channel) as channel,
        coalesce(brought.cohort_month, channel_spend.spend_month) as cohort_month,
        coalesce(channel_spend.spend, 0) as spend,
        coalesce(brought.new_customers_count, 0) as new_customers_count,
        coalesce(brought.historic_revenue, 0) as historic_revenue,
        coalesce(brought.historic_margin, 0) as historic_margin,
        coalesce(promised.predicted_revenue, 0) as predicted_revenue,
        coalesce(promised.fallback_customers_count, 0) as fallback_customers_count,
        brought.payback_months
    from brought
    full outer join channel_spend
        on
            brought.channel = channel_spend.channel
            and brought.cohort_month = channel_spend.spend_month
    left join promised
        on
            brought.channel = promised.channel
            and brought.cohort_month = promised.cohort_month
),

forecasts as (
    select
        segment,
        predicted_revenue,
        model_standard_error,
        backtest_standard_error
    from {{ ref('ltv_totals') }}
    where horizon_days = 365
),

-- A cohort's part of its channel's interval (80 %): chance of single customers grows
-- with the root of the part, what the model as a whole is off by with the part itself.
uncertain as (
    select
        by_month.*,
        case
            when by_month.historic_revenue > 0
                then by_month.historic_margin / by_month.historic_revenue
            else {{ gross_margin() }}
        end as margin_share,
        by_month.spend / nullif(by_month.new_customers_count, 0) as acquisition_cost,
        1.2816 * sqrt(
            power(forecasts.model_standard_error, 2)
            * by_month.predicted_revenue / nullif(forecasts.predicted_revenue, 0)
            + power(
                coalesce(forecasts.backtest_standard_error, 0)
                * by_month.predicted_revenue
                / nullif(forecasts.predicted_revenue, 0), 2
            )
        ) as half_width
    from by_month
    left join forecasts on by_month.channel = forecasts.segment
),

valued as (
    select
        *,
        (historic_margin + predicted_revenue * margin_share)
        / nullif(new_customers_count, 0) as customer_value,
        -- No interval where there is none: the lowest of what is forecast is nothing.
        case
            when half_width is not null then least(half_width, predicted_revenue)
        end as width_below,
        margin_share / nullif(new_customers_count, 0) as value_of_revenue
    from uncertain
),

channel_economics as (
    select
        channel,
        cohort_month,
        {{ reporting_currency() }} as currency_code,
        cast(spend as decimal(18, 2)) as spend,
        cast(new_customers_count as integer) as new_customers_count,
        cast(acquisition_cost as decimal(18, 2)) as acquisition_cost,
        cast(historic_revenue as decimal(18, 2)) as historic_revenue,
        cast(historic_margin as decimal(18, 2)) as historic_margin,
        cast(predicted_revenue as decimal(18, 2)) as predicted_revenue_365_days,
        cast(predicted_revenue - width_below as decimal(18, 2))
            as predicted_revenue_365_days_low,
        cast(predicted_revenue + half_width as decimal(18, 2))
            as predicted_revenue_365_days_high,
        cast(fallback_customers_count as integer) as fallback_customers_count,
        cast(margin_share as decimal(18, 4)) as margin_share,
        cast(customer_value as decimal(18, 2)) as highest_acquisition_cost,
        cast(
            customer_value - width_below * value_of_revenue as decimal(18, 2)
        ) as highest_acquisition_cost_low,
        cast(customer_value + half_width * value_of_revenue as decimal(18, 2))
            as highest_acquisition_cost_high,
        cast(customer_value / nullif(acquisition_cost, 0) as decimal(18, 2))
            as value_to_cost,
        cast(payback_months as integer) as payback_months,
        case
            when spend = 0 then 'nothing_spent'
            when new_customers_count = 0 then 'nobody_won'
            when payback_months is null then 'not_yet'
            else 'paid_back'
        end as payback_state
    from valued
)

select * from channel_economics
