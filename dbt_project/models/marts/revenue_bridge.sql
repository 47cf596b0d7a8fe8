-- From everything that was booked to what is revenue: the parts add up to the ledger,
-- and net_revenue_amount to the orders.
with ledger_lines as (
    select * from {{ ref('ledger_lines') }}
),

revenue_bridge as (
    select
        source_name,
        ledger_part,
        currency_code,
        cast(count(*) as integer) as lines_count,
        cast(sum(amount) as decimal(18, 3)) as amount,
        cast(sum(net_revenue_amount) as decimal(18, 3)) as net_revenue_amount,
        cast(sum(amount) - sum(net_revenue_amount) as decimal(18, 3)) as other_amount
    from ledger_lines
    group by source_name, ledger_part, currency_code
)

select * from revenue_bridge
