with orders as (
    select
        placed_date,
        customer_id,
        net_revenue,
        refunded_revenue,
        is_purchase
    from {{ ref('orders') }}
    where placed_date <= {{ as_of_date() }}
),

first_orders as (
    select
        first_order_date as calendar_date,
        count(*) as new_customers_count
    from {{ ref('purchase_histories') }}
    group by first_order_date
),

bounds as (
    select
        min(placed_date) as first_date,
        {{ as_of_date() }} as last_date
    from orders
),

days as (
    {{ calendar_days('bounds', 'first_date', 'last_date') }}
),

totals as (
    select
        placed_date,
        count(*) filter (where is_purchase) as orders_count,
        count(distinct customer_id) filter (where is_purchase) as customers_count,
        sum(net_revenue) as net_revenue,
        sum(refunded_revenue) as refunded_revenue
    from orders
    group by placed_date
),

revenue_daily as (
    select
        days.calendar_date,
        {{ reporting_currency() }} as currency_code,
        cast(coalesce(totals.orders_count, 0) as integer) as orders_count,
        cast(coalesce(totals.customers_count, 0) as integer) as customers_count,
        cast(coalesce(first_orders.new_customers_count, 0) as integer)
            as new_customers_count,
        cast(
            coalesce(totals.net_revenue + totals.refunded_revenue, 0)
            as decimal(18, 2)
        ) as gross_revenue,
        cast(coalesce(totals.refunded_revenue, 0) as decimal(18, 2))
            as refunded_revenue,
        cast(coalesce(totals.net_revenue, 0) as decimal(18, 2)) as net_revenue
    from days
    left join totals on days.calendar_date = totals.placed_date
    left join first_orders on days.calendar_date = first_orders.calendar_date
)

select * from revenue_daily
