-- Each way of sharing out an order's revenue gives all of it, of every order, to the
-- cent.
{{ config(meta={'dagster': {'ref': {'name': 'attribution'}}}) }}

with credits as (
    select
        order_id,
        sum(first_touch_credit) as first_touch_credit,
        sum(last_touch_credit) as last_touch_credit,
        sum(linear_credit) as linear_credit,
        sum(position_based_credit) as position_based_credit
    from {{ ref('attribution') }}
    group by order_id
)

select coalesce(orders.order_id, credits.order_id) as order_id
from (select * from {{ ref('orders') }} where net_revenue <> 0) as orders
full outer join credits on orders.order_id = credits.order_id
where
    orders.order_id is null
    or credits.order_id is null
    or credits.first_touch_credit <> orders.net_revenue
    or credits.last_touch_credit <> orders.net_revenue
    or credits.linear_credit <> orders.net_revenue
    or credits.position_based_credit <> orders.net_revenue
