-- The lines of an order add up to what the order says of them; an order without lines
-- costs nothing.
{{ config(meta={'dagster': {'ref': {'name': 'orders'}}}) }}

with order_lines as (
    select
        order_id,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount
    from {{ ref('order_lines') }}
    group by order_id
)

select
    orders.order_id,
    orders.line_items_amount,
    orders.discount_amount,
    order_lines.gross_amount as lines_gross_amount,
    order_lines.discount_amount as lines_discount_amount
from {{ ref('orders') }} as orders
left join order_lines on orders.order_id = order_lines.order_id
where
    orders.line_items_amount <> coalesce(order_lines.gross_amount, 0)
    -- A discount may be given on the order as a whole, so the lines carry at most all
    -- of it.
    or orders.discount_amount < coalesce(order_lines.discount_amount, 0)
