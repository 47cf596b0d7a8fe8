-- The history up to this night, and what this night's hold-outs say. The history never
-- holds this night's own rows, so that building the night twice gives the same rows twice.
with history as (
    select
        cast(replace(as_of, 'Z', '') as timestamp) as as_of,
        cast(origin_date as date) as origin_date,
        cast(horizon_days as integer) as horizon_days,
        cast(days_back as integer) as days_back,
        model,
        segment,
        cast(customers_count as integer) as customers_count,
        cast(actual_orders as integer) as actual_orders,
        cast(expected_orders as decimal(18, 4)) as expected_orders,
        cast(actual_to_expected as decimal(12, 4)) as actual_to_expected,
        cast(rmse as decimal(12, 4)) as rmse,
        cast(mae as decimal(12, 4)) as mae,
        cast(rank_correlation as decimal(6, 4)) as rank_correlation
    from {{ source('control', 'backtest_figures') }}
    where money_definition = {{ var('money_definition') }}
),

tonight as (
    select
        {{ as_of() }} as as_of,
        origin_date,
        horizon_days,
        days_back,
        model,
        segment,
        customers_count,
        actual_orders,
        expected_orders,
        actual_to_expected,
        rmse,
        mae,
        rank_correlation
    from {{ ref('ltv_backtests') }}
    where is_chosen
),

ltv_backtest_history as (
    select *
    from history
    union all
    select *
    from tonight
)

select * from ltv_backtest_history
