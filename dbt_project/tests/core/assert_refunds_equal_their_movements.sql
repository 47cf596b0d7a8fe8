-- The shop tells a refund twice, as a refund and as a movement of money: both must say
-- the same, order by order.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'refunds'}}}) }}

with movements as (
    select
        order_id,
        sum(amount) as amount
    from {{ ref('payments') }}
    where movement in ('refunded', 'gift_card_restored')
    group by order_id
),

refunds as (
    select
        order_id,
        sum(amount) as amount
    from {{ ref('refunds') }}
    group by order_id
)

select
    orders.order_id,
    refunds.amount as refunds_amount,
    movements.amount as movements_amount
from {{ ref('orders') }} as orders
left join refunds on orders.order_id = refunds.order_id
left join movements on orders.order_id = movements.order_id
where
    not orders.is_test
    and coalesce(refunds.amount, 0) <> coalesce(movements.amount, 0)
