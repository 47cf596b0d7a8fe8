-- How much a month's figures have moved since it was over: what was known of it at the
-- end of the month and of every month after. Before the first night that spoke of it
-- nothing was known.
with revisions as (
    select
        *,
        cast(date_trunc('month', known_date) as date) as known_month
    from {{ ref('month_revisions') }}
    where calendar_month < date_trunc('month', {{ as_of_date() }} + 1)
),

last_words as (
    select *
    from revisions
    qualify
        row_number() over (
            partition by calendar_month, known_month order by as_of desc
        ) = 1
),

spans as (
    select
        calendar_month as month_of_sales,
        min(known_month) as first_known_month,
        {{ as_of_date() }} as last_date
    from last_words
    group by calendar_month
),

known_months as (
    {{ calendar_months(
        'spans',
        'first_known_month',
        'last_date',
        keep=['month_of_sales', 'first_known_month'],
    ) }}
),

-- A month without a new word leaves the last one standing.
standing as (
    select
        known_months.month_of_sales,
        known_months.first_known_month,
        known_months.calendar_month as known_month,
        last_value(last_words.orders_count ignore nulls) over so_far as orders_count,
        last_value(last_words.gross_revenue ignore nulls) over so_far as gross_revenue,
        last_value(last_words.net_revenue ignore nulls) over so_far as net_revenue
    from known_months
    left join last_words
        on
            known_months.month_of_sales = last_words.calendar_month
            and known_months.calendar_month = last_words.known_month
    window
        so_far as (
            partition by known_months.month_of_sales
            order by known_months.calendar_month
            rows between unbounded preceding and current row
        )
),

moved as (
    select
        *,
        first_value(orders_count) over by_month as first_orders_count,
        first_value(gross_revenue) over by_month as first_gross_revenue,
        first_value(net_revenue) over by_month as first_net_revenue,
        lag(net_revenue, 1, net_revenue) over by_month as earlier_net_revenue
    from standing
    window by_month as (partition by month_of_sales order by known_month)
),

late_data as (
    select
        month_of_sales as calendar_month,
        known_month,
        cast(
            {{ months_between_firsts('month_of_sales', 'known_month') }} as integer
        ) as months_later,
        first_known_month = month_of_sales as is_known_from_the_start,
        {{ reporting_currency() }} as currency_code,
        orders_count,
        gross_revenue,
        net_revenue,
        cast(net_revenue - earlier_net_revenue as decimal(18, 2)) as moved_revenue,
        cast(orders_count - first_orders_count as integer)
            as moved_orders_count_in_all,
        cast(gross_revenue - first_gross_revenue as decimal(18, 2))
            as moved_gross_revenue_in_all,
        cast(net_revenue - first_net_revenue as decimal(18, 2))
            as moved_revenue_in_all
    from moved
)

select * from late_data
