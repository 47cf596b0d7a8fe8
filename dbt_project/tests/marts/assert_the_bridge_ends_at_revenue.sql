-- What the bridge says is revenue is what the orders of that source say, to the last
-- digit, in their own currency.
{{ config(meta={'dagster': {'ref': {'name': 'revenue_bridge'}}}) }}

with bridge as (
    select
        source_name,
        currency_code,
        sum(revenue_amount) as revenue_amount
    from {{ ref('revenue_bridge') }}
    group by source_name, currency_code
),

orders as (
    select
        source_name,
        currency_code,
        sum(revenue_amount) as revenue_amount
    from {{ ref('orders') }}
    where is_revenue
    group by source_name, currency_code
)

select
    bridge.source_name,
    bridge.currency_code,
    bridge.revenue_amount,
    orders.revenue_amount as orders_revenue_amount
from bridge
left join orders
    on
        bridge.source_name = orders.source_name
        and bridge.currency_code = orders.currency_code
where bridge.revenue_amount <> coalesce(orders.revenue_amount, 0)
