-- An entry counts as recovered when its customer orders within a week. Of an order that
-- two entries could claim the later one has it. Who entered under an id that was retired
-- since is today's customer, in the flow of the id that entered; of two such flows one.
with aliases as (
    select
        alias_customer_id,
        customer_id
    from {{ ref('identity_aliases') }}
),

entries as (
    select
        coalesce(aliases.customer_id, changes.customer_id) as customer_id,
        changes.as_of as entered_at,
        max({{ cart_flow('changes.customer_id') }}) as flow
    from {{ ref('membership_changes') }} as changes
    left join aliases on changes.customer_id = aliases.alias_customer_id
    where changes.segment = 'abandoned_cart' and changes.change = 'entered'
    group by coalesce(aliases.customer_id, changes.customer_id), changes.as_of
),

orders as (
    select
        order_id,
        customer_id,
        placed_at,
        net_revenue
    from {{ ref('orders') }}
    where not is_test
),

claims as (
    select
        entries.customer_id,
        entries.entered_at,
        orders.net_revenue,
        row_number() over (
            partition by orders.order_id order by entries.entered_at desc
        ) as claim_rank
    from entries
    inner join orders on entries.customer_id = orders.customer_id
    where
        orders.placed_at > entries.entered_at
        and orders.placed_at <= entries.entered_at + interval '7 days'
),

recovered as (
    select
        customer_id,
        entered_at,
        sum(net_revenue) as net_revenue
    from claims
    where claim_rank = 1
    group by customer_id, entered_at
),

cart_flow_results as (
    select
        entries.flow,
        cast(count(*) as integer) as carts_count,
        cast(count(recovered.customer_id) as integer) as recovered_count,
        cast(count(recovered.customer_id) / count(*) as decimal(5, 4)) as recovered_share,
        cast(coalesce(sum(recovered.net_revenue), 0) as decimal(18, 2)) as net_revenue,
        {{ reporting_currency() }} as currency_code
    from entries
    left join recovered
        on
            entries.customer_id = recovered.customer_id
            and entries.entered_at = recovered.entered_at
    group by entries.flow
)

select * from cart_flow_results
