-- One definition of revenue: orders, days, cohorts, channels, customers and lifetime
-- values add up to the same amount.
{{ config(meta={'dagster': {'ref': {'name': 'customer_360'}}}) }}

with totals as (
    select
        'orders' as table_name,
        sum(net_revenue) as revenue
    from {{ ref('orders') }}
    where is_revenue and placed_date <= {{ as_of_date() }}
    union all
    select
        'revenue_daily' as table_name,
        sum(net_revenue) as revenue
    from {{ ref('revenue_daily') }}
    union all
    select
        'daily_performance' as table_name,
        sum(net_revenue) as revenue
    from {{ ref('daily_performance') }}
    union all
    select
        'cohorts' as table_name,
        sum(net_revenue) as revenue
    from {{ ref('cohorts') }}
    union all
    select
        'channel_economics' as table_name,
        sum(historic_revenue) as revenue
    from {{ ref('channel_economics') }}
    union all
    select
        'purchase_histories' as table_name,
        sum(total_amount) as revenue
    from {{ ref('purchase_histories') }}
    union all
    select
        'customer_lifetime_values' as table_name,
        sum(historic_revenue) as revenue
    from {{ ref('customer_lifetime_values') }}
    union all
    select
        'customer_360' as table_name,
        sum(historic_revenue) as revenue
    from {{ ref('customer_360') }}
)

select
    min(coalesce(revenue, 0)) as lowest_revenue,
    max(coalesce(revenue, 0)) as highest_revenue
from totals
having min(coalesce(revenue, 0)) <> max(coalesce(revenue, 0))
