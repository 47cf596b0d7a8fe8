-- One definition of revenue: orders, days, customers and lifetime values add up to the same amount.
with totals as (
    select 'orders' as name, sum(net_revenue) as revenue
    from {{ ref('orders') }}
    where is_revenue and placed_date <= {{ as_of_date() }}
    union all
    select 'revenue_daily', sum(net_revenue)
    from {{ ref('revenue_daily') }}
    union all
    select 'daily_performance', sum(net_revenue)
    from {{ ref('daily_performance') }}
    union all
    select 'purchase_histories', sum(total_amount)
    from {{ ref('purchase_histories') }}
    union all
    select 'customer_lifetime_values', sum(historic_revenue)
    from {{ ref('customer_lifetime_values') }}
    union all
    select 'customer_360', sum(historic_revenue)
    from {{ ref('customer_360') }}
)

select
    min(coalesce(revenue, 0)) as lowest_revenue,
    max(coalesce(revenue, 0)) as highest_revenue
from totals
having min(coalesce(revenue, 0)) <> max(coalesce(revenue, 0))
