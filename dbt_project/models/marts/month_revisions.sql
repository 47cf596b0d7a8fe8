-- What every night said of a month, where it was new: the history up to this night, and
-- what this night says anew. The history never holds this night's own rows, so that
-- building the night twice gives the same rows twice. What another definition of revenue said is
-- no earlier word.
with history as (
    select
        cast(calendar_month as date) as calendar_month,
        currency_code,
        orders_count,
        cast(gross_revenue as decimal(18, 2)) as gross_revenue,
        cast(net_revenue as decimal(18, 2)) as net_revenue,
        cast(replace(as_of, 'Z', '') as timestamp) as as_of
    from {{ source('control', 'month_figures') }}
    where
        currency_code = {{ reporting_currency() }}
        and money_definition = {{ var('money_definition') }}
),

last_said as (
    select *
    from history
    qualify
        row_number() over (partition by calendar_month order by as_of desc) = 1
),

months as (
    select
        cast(date_trunc('month', calendar_date) as date) as calendar_month,
        sum(orders_count) as orders_count,
        sum(gross_revenue) as gross_revenue,
        sum(net_revenue) as net_revenue
    from {{ ref('revenue_daily') }}
    group by cast(date_trunc('month', calendar_date) as date)
),

-- A month that has nothing any more says so, once.
said_tonight as (
    select
        coalesce(months.calendar_month, last_said.calendar_month) as calendar_month,
        coalesce(months.orders_count, 0) as orders_count,
        coalesce(months.gross_revenue, 0) as gross_revenue,
        coalesce(months.net_revenue, 0) as net_revenue
    from months
    full outer join last_said on months.calendar_month = last_said.calendar_month
    where
        last_said.calendar_month is null
        or coalesce(months.orders_count, 0) <> last_said.orders_count
        or coalesce(months.gross_revenue, 0) <> last_said.gross_revenue
        or coalesce(months.net_revenue, 0) <> last_said.net_revenue
),

revisions as (
    select
        calendar_month,
        as_of,
        orders_count,
        gross_revenue,
        net_revenue
    from history
    union all
    select
        calendar_month,
        {{ as_of() }} as as_of,
        orders_count,
        gross_revenue,
        net_revenue
    from said_tonight
),

month_revisions as (
    select
        calendar_month,
        as_of,
        {{ local_date("as_of - interval '1 second'") }} as known_date,
        {{ reporting_currency() }} as currency_code,
        cast(orders_count as integer) as orders_count,
        cast(gross_revenue as decimal(18, 2)) as gross_revenue,
        cast(net_revenue as decimal(18, 2)) as net_revenue,
        cast({{ var('money_definition') }} as integer) as money_definition
    from revisions
)

select * from month_revisions
