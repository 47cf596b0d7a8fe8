-- What a customer buys most: by days with a purchase of that kind of goods first, since
-- one dear thing says less about taste than many; then by money.
with order_lines as (
    select
        order_id,
        product_type,
        net_amount
    from {{ ref('order_lines') }}
    where product_type is not null and not is_gift_card
),

orders as (
    select
        order_id,
        customer_id,
        placed_date,
        exchange_rate
    from {{ ref('orders') }}
    where is_purchase and placed_date <= {{ as_of_date() }}
),

bought as (
    select
        orders.customer_id,
        order_lines.product_type,
        count(distinct orders.placed_date) as order_days_count,
        sum(order_lines.net_amount * orders.exchange_rate) as amount
    from order_lines
    inner join orders on order_lines.order_id = orders.order_id
    group by orders.customer_id, order_lines.product_type
),

shares as (
    select
        *,
        sum(amount) over (partition by customer_id) as all_amount,
        row_number() over (
            partition by customer_id
            order by order_days_count desc, amount desc, product_type asc
        ) as affinity_rank
    from bought
),

product_affinities as (
    select
        customer_id,
        product_type as favourite_product_type,
        cast(order_days_count as integer) as order_days_count,
        cast(amount as decimal(18, 2)) as amount,
        {{ rate('amount', 'all_amount') }} as amount_share
    from shares
    where affinity_rank = 1
)

select * from product_affinities
