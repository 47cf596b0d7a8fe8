with totals as (
    select
        segment,
        horizon_days,
        customers_count,
        fallback_customers_count,
        expected_orders,
        predicted_revenue,
        model_standard_error,
        backtest_standard_error,
        predicted_revenue_low,
        predicted_revenue_high,
        interval_basis
    from {{ source('steps', 'ltv_totals') }}
),

ltv_totals as (
    select
        segment,
        cast(horizon_days as integer) as horizon_days,
        {{ reporting_currency() }} as currency_code,
        cast(customers_count as integer) as customers_count,
        cast(fallback_customers_count as integer) as fallback_customers_count,
        cast(expected_orders as decimal(18, 4)) as expected_orders,
        cast(predicted_revenue as decimal(18, 2)) as predicted_revenue,
        cast(model_standard_error as decimal(18, 2)) as model_standard_error,
        cast(backtest_standard_error as decimal(18, 2)) as backtest_standard_error,
        cast(predicted_revenue_low as decimal(18, 2)) as predicted_revenue_low,
        cast(predicted_revenue_high as decimal(18, 2)) as predicted_revenue_high,
        interval_basis
    from totals
)

select * from ltv_totals
