with purchase_days as (
    select
        customer_id,
        placed_date,
        orders_count,
        amount
    from {{ ref('purchase_days') }}
),

totals as (
    select
        customer_id,
        min(placed_date) as first_order_date,
        max(placed_date) as last_order_date,
        sum(orders_count) as orders_count,
        count(*) as order_days_count,
        sum(amount) as total_amount
    from purchase_days
    group by customer_id
),

purchase_histories as (
    select
        totals.customer_id,
        cast(date_trunc('month', totals.first_order_date) as date) as cohort_month,
        totals.first_order_date,
        totals.last_order_date,
        cast(totals.orders_count as integer) as orders_count,
        cast(totals.order_days_count as integer) as order_days_count,
        cast(totals.order_days_count - 1 as integer) as repeat_days_count,
        cast(
            {{ days_between('totals.first_order_date', 'totals.last_order_date') }}
            as integer
        ) as recency_days,
        cast(
            {{ days_between('totals.first_order_date', as_of_date()) }} as integer
        ) as age_days,
        cast(first_days.amount as decimal(18, 2)) as first_day_amount,
        cast(totals.total_amount - first_days.amount as decimal(18, 2))
            as repeat_amount,
        cast(totals.total_amount as decimal(18, 2)) as total_amount
    from totals
    inner join purchase_days as first_days
        on
            totals.customer_id = first_days.customer_id
            and totals.first_order_date = first_days.placed_date
)

select * from purchase_histories
