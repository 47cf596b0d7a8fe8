-- What customers of one channel and month brought, month by month; months without an
-- order are here as well, or sums over time would have holes.
with histories as (
    select
        customer_id,
        cohort_month
    from {{ ref('purchase_histories') }}
),

first_touches as (
    select
        customer_id,
        first_channel
    from {{ ref('first_touches') }}
),

members as (
    select
        histories.customer_id,
        histories.cohort_month,
        coalesce(first_touches.first_channel, 'unknown') as first_channel
    from histories
    left join first_touches on histories.customer_id = first_touches.customer_id
),

sizes as (
    select
        first_channel,
        cohort_month,
        {{ as_of_date() }} as last_date,
        count(*) as customers_count
    from members
    group by first_channel, cohort_month
),

months as (
    {{ calendar_months(
        'sizes', 'cohort_month', 'last_date',
        keep=['first_channel', 'cohort_month', 'customers_count'],
    ) }}
),

activity as (
    select
        members.first_channel,
        members.cohort_month,
        cast(date_trunc('month', orders.placed_date) as date) as calendar_month,
        count(distinct orders.customer_id) filter (where orders.is_purchase)
            as active_customers_count,
        count(*) filter (where orders.is_purchase) as orders_count,
        sum(orders.net_revenue) as net_revenue,
        sum(orders.margin) as margin
    from members
    inner join {{ ref('orders') }} as orders
        on members.customer_id = orders.customer_id
    where orders.placed_date <= {{ as_of_date() }}
    group by
        members.first_channel,
        members.cohort_month,
        cast(date_trunc('month', orders.placed_date) as date)
),

filled as (
    select
        months.*,
        {{ months_between_firsts(
            'months.cohort_month', 'months.calendar_month'
        ) }} as month_number,
        coalesce(activity.active_customers_count, 0) as active_customers_count,
        coalesce(activity.orders_count, 0) as orders_count,
        coalesce(activity.net_revenue, 0) as net_revenue,
        coalesce(activity.margin, 0) as margin
    from months
    left join activity
        on
            months.first_channel = activity.first_channel
            and months.cohort_month = activity.cohort_month
            and months.calendar_month = activity.calendar_month
),

cohorts as (
    select
        first_channel,
        cohort_month,
        cast(month_number as integer) as month_number,
        calendar_month,
        -- The next month has begun: nothing but late data can change this one.
        calendar_month < date_trunc('month', {{ as_of_date() }} + 1)
            as is_month_complete,
        {{ reporting_currency() }} as currency_code,
        cast(customers_count as integer) as customers_count,
        cast(active_customers_count as integer) as active_customers_count,
        {{ rate('active_customers_count', 'customers_count') }} as retention_rate,
        cast(orders_count as integer) as orders_count,
        cast(net_revenue as decimal(18, 2)) as net_revenue,
        cast(margin as decimal(18, 2)) as margin,
        cast(
            sum(net_revenue) over (
                partition by first_channel, cohort_month order by month_number
            ) as decimal(18, 2)
        ) as cumulative_revenue,
        cast(
            sum(margin) over (
                partition by first_channel, cohort_month order by month_number
            ) as decimal(18, 2)
        ) as cumulative_margin
    from filled
)

select * from cohorts
