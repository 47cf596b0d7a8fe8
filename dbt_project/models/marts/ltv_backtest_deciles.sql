with deciles as (
    select
        origin_date,
        horizon_days,
        model,
        decile,
        customers_count,
        actual_orders,
        expected_orders
    from {{ source('steps', 'ltv_backtest_deciles') }}
),

ltv_backtest_deciles as (
    select
        cast(origin_date as date) as origin_date,
        cast(horizon_days as integer) as horizon_days,
        model,
        cast(decile as integer) as decile,
        cast(customers_count as integer) as customers_count,
        cast(actual_orders as integer) as actual_orders,
        cast(expected_orders as decimal(18, 4)) as expected_orders
    from deciles
)

select * from ltv_backtest_deciles
