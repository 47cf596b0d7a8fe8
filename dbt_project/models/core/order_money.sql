-- What was paid, given back and lost on each order, in its currency, brought together before it
-- is joined. Money in a currency without a rate is in no sum: see core.findings.
with staged_orders as (
    select order_id
    from {{ ref('source_orders') }}
),

movements as (
    select
        order_id,
        coalesce(sum(amount) filter (where kind = 'captured'), 0)
        - coalesce(sum(amount) filter (where kind = 'change_given'), 0) as captured_amount,
        coalesce(sum(amount) filter (where kind = 'refunded'), 0) as refunded_amount,
        coalesce(sum(amount) filter (where kind = 'disputed'), 0) as disputed_amount,
        -- A dispute that cannot be converted takes all that is left.
        count(*) filter (where kind = 'disputed' and amount is null) > 0
            as is_disputed_whole
    from {{ ref('order_movements') }}
    group by order_id
),

joined as (
    select
        staged_orders.order_id,
        coalesce(movements.captured_amount, 0) as captured_amount,
        coalesce(movements.refunded_amount, 0) as refunded_amount,
        coalesce(movements.disputed_amount, 0) as disputed_amount,
        coalesce(movements.is_disputed_whole, false) as is_disputed_whole
    from staged_orders
    left join movements on staged_orders.order_id = movements.order_id
),

-- A disputed charge may have been refunded by the shop as well: what is gone cannot be
-- lost twice.
capped as (
    select
        order_id,
        captured_amount,
        refunded_amount,
        case
            when captured_amount <= refunded_amount then 0
            when is_disputed_whole then captured_amount - refunded_amount
            else least(disputed_amount, captured_amount - refunded_amount)
        end as disputed_amount
    from joined
),

order_money as (
    select
        order_id,
        cast(captured_amount as decimal(18, 3)) as captured_amount,
        cast(refunded_amount as decimal(18, 3)) as refunded_amount,
        cast(disputed_amount as decimal(18, 3)) as disputed_amount,
        cast(captured_amount - refunded_amount - disputed_amount as decimal(18, 3))
            as collected_amount
    from capped
)

select * from order_money
