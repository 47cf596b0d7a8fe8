with customer_identifiers as (
    select
        customer_id,
        identifier_type
    from {{ ref('customer_identifiers') }}
),

holders as (
    select customer_id
    from customer_identifiers
    where identifier_type = 'loyalty_card'
    group by customer_id
),

orders as (
    select
        customer_id,
        net_revenue
    from {{ ref('orders') }}
    where is_purchase
),

loyalty_revenue as (
    select
        holders.customer_id is not null as has_card,
        {{ reporting_currency() }} as currency_code,
        cast(count(*) as integer) as orders_count,
        cast(sum(orders.net_revenue) as decimal(18, 2)) as net_revenue
    from orders
    left join holders on orders.customer_id = holders.customer_id
    group by holders.customer_id is not null
)

select * from loyalty_revenue
