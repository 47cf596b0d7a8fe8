-- What the bridge says is revenue is what the orders of that source say, to the last
-- digit, in their own currency.
{{ config(meta={'dagster': {'ref': {'name': 'revenue_bridge'}}}) }}

with bridge as (
    select
        source_name,
        currency_code,
        sum(net_revenue_amount) as net_revenue_amount
    from {{ ref('revenue_bridge') }}
    group by source_name, currency_code
),

orders as (
    select
        source_name,
        currency_code,
        sum(net_revenue_amount) as net_revenue_amount
    from {{ ref('orders') }}
    group by source_name, currency_code
)

select
    bridge.source_name,
    bridge.currency_code,
    bridge.net_revenue_amount,
    orders.net_revenue_amount as orders_amount
from bridge
left join orders
    on
        bridge.source_name = orders.source_name
        and bridge.currency_code = orders.currency_code
where bridge.net_revenue_amount <> coalesce(orders.net_revenue_amount, 0)
