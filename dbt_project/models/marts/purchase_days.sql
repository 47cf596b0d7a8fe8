-- Orders of one day are one purchase: what is split into two baskets is one decision to
-- buy.
with orders as (
    select
        customer_id,
        placed_date,
        net_revenue
    from {{ ref('orders') }}
    where is_purchase and placed_date <= {{ as_of_date() }}
),

purchase_days as (
    select
        customer_id,
        placed_date,
        cast(count(*) as integer) as orders_count,
        cast(sum(net_revenue) as decimal(18, 2)) as amount
    from orders
    group by customer_id, placed_date
)

select * from purchase_days
