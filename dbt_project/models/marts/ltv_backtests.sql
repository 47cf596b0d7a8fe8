with backtests as (
    select
        origin_date,
        horizon_days,
        days_back,
        model,
        segment,
        is_chosen,
        customers_count,
        actual_orders,
        expected_orders,
        actual_to_expected,
        rmse,
        mae,
        rank_correlation,
        naive_orders,
        naive_rmse,
        naive_mae,
        naive_rank_correlation
    from {{ source('steps', 'ltv_backtests') }}
),

ltv_backtests as (
    select
        cast(origin_date as date) as origin_date,
        cast(horizon_days as integer) as horizon_days,
        cast(days_back as integer) as days_back,
        model,
        segment,
        is_chosen,
        cast(customers_count as integer) as customers_count,
        cast(actual_orders as integer) as actual_orders,
        cast(expected_orders as decimal(18, 4)) as expected_orders,
        cast(actual_to_expected as decimal(12, 4)) as actual_to_expected,
        cast(rmse as decimal(12, 4)) as rmse,
        cast(mae as decimal(12, 4)) as mae,
        cast(rank_correlation as decimal(6, 4)) as rank_correlation,
        cast(naive_orders as integer) as naive_orders,
        cast(naive_rmse as decimal(12, 4)) as naive_rmse,
        cast(naive_mae as decimal(12, 4)) as naive_mae,
        cast(naive_rank_correlation as decimal(6, 4)) as naive_rank_correlation,
        cast({{ var('money_definition') }} as integer) as money_definition
    from backtests
)

select * from ltv_backtests
