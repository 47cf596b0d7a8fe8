-- One definition of revenue: it is the same wherever all orders are added up, wherever those of
-- buyers are, and wherever purchases are.
{{ config(meta={'dagster': {'ref': {'name': 'customer_360'}}}) }}

with orders as (
    select
        net_revenue,
        is_purchase,
        customer_id in (select customer_id from {{ ref('purchase_histories') }}) as is_buyers
    from {{ ref('orders') }}
    where placed_date <= {{ as_of_date() }}
),

totals as (
    select
        'all orders' as added_up,
        sum(net_revenue) as revenue
    from orders
    union all
    select
        'all orders' as added_up,
        sum(net_revenue) as revenue
    from {{ ref('revenue_daily') }}
    union all
    select
        'all orders' as added_up,
        sum(net_revenue) as revenue
    from {{ ref('daily_performance') }}
    union all
    select
        'all orders' as added_up,
        sum(historic_revenue) as revenue
    from {{ ref('customer_360') }}
    union all
    select
        'orders of buyers' as added_up,
        sum(net_revenue) as revenue
    from orders
    where is_buyers
    union all
    select
        'orders of buyers' as added_up,
        sum(net_revenue) as revenue
    from {{ ref('cohorts') }}
    union all
    select
        'orders of buyers' as added_up,
        sum(historic_revenue) as revenue
    from {{ ref('channel_economics') }}
    union all
    select
        'orders of buyers' as added_up,
        sum(historic_revenue) as revenue
    from {{ ref('customer_lifetime_values') }}
    union all
    select
        'purchases' as added_up,
        sum(net_revenue) as revenue
    from orders
    where is_purchase
    union all
    select
        'purchases' as added_up,
        sum(total_amount) as revenue
    from {{ ref('purchase_histories') }}
)

select
    added_up,
    min(coalesce(revenue, 0)) as lowest_revenue,
    max(coalesce(revenue, 0)) as highest_revenue
from totals
group by added_up
having min(coalesce(revenue, 0)) <> max(coalesce(revenue, 0))
