-- For whoever keeps the books: every order on which two tellings of the same money
-- differ. What would make figures wrong (an order whose lines are not its total, more
-- refunded than taken) stops the night instead and is never published.
with orders as (
    select
        order_id,
        placed_date,
        {{ local_date('updated_at') }} as updated_date,
        currency_code,
        is_test,
        gross_amount,
        captured_amount as paid_amount,
        not is_test
        and financial_status in ('paid', 'partially_refunded', 'refunded') as is_paid
    from {{ ref('orders') }}
),

payments as (
    select
        order_id,
        currency_code,
        movement,
        amount,
        moved_date
    from {{ ref('payments') }}
),

refunds as (
    select
        order_id,
        sum(amount) as amount,
        max(refunded_date) as last_date
    from {{ ref('refunds') }}
    group by order_id
),

refund_movements as (
    select
        order_id,
        sum(amount) as amount,
        max(moved_date) as last_date
    from payments
    where movement = 'refunded'
    group by order_id
),

-- Money moved on an order that was not delivered, or lies in quarantine.
without_order as (
    select
        payments.order_id,
        payments.currency_code,
        min(payments.moved_date) as first_date,
        max(payments.moved_date) as last_date,
        sum(payments.amount) filter (where payments.movement = 'captured')
            as captured_amount,
        sum(payments.amount) filter (where payments.movement = 'refunded')
            as refunded_amount
    from payments
    left join orders on payments.order_id = orders.order_id
    where
        orders.order_id is null and payments.movement in ('captured', 'refunded')
    group by payments.order_id, payments.currency_code
),

differences as (
    select
        'shop_and_provider' as tie_out,
        order_id,
        difference_date,
        last_moved_date,
        currency_code,
        reason,
        case
            when shop_amount = provider_amount then shop_refunded_amount
            else shop_amount
        end as books_amount,
        case
            when shop_amount = provider_amount then provider_refunded_amount
            else provider_amount
        end as other_amount
    from {{ ref('payment_differences') }}
    union all
    select
        'refunds_and_movements' as tie_out,
        orders.order_id,
        orders.placed_date as difference_date,
        greatest(refunds.last_date, refund_movements.last_date) as last_moved_date,
        orders.currency_code,
        'amount_differs' as reason,
        coalesce(refunds.amount, 0) as books_amount,
        coalesce(refund_movements.amount, 0) as other_amount
    from orders
    left join refunds on orders.order_id = refunds.order_id
    left join refund_movements on orders.order_id = refund_movements.order_id
    where
        not orders.is_test
        and coalesce(refunds.amount, 0) <> coalesce(refund_movements.amount, 0)
    union all
    select
        'invoiced_and_paid' as tie_out,
        order_id,
        placed_date as difference_date,
        updated_date as last_moved_date,
        currency_code,
        'amount_differs' as reason,
        gross_amount as books_amount,
        paid_amount as other_amount
    from orders
    where is_paid and gross_amount <> paid_amount
    union all
    select
        'moved_without_order' as tie_out,
        order_id,
        first_date as difference_date,
        last_date as last_moved_date,
        currency_code,
        'no_such_order' as reason,
        0 as books_amount,
        coalesce(captured_amount, 0) - coalesce(refunded_amount, 0) as other_amount
    from without_order
),

-- Two extracts of one night need not have been cut at the same moment.
tie_out_differences as (
    select
        tie_out || ':' || order_id || ':' || currency_code as difference_id,
        tie_out,
        order_id,
        difference_date,
        last_moved_date,
        currency_code,
        cast(books_amount as decimal(18, 3)) as books_amount,
        cast(other_amount as decimal(18, 3)) as other_amount,
        cast(books_amount - other_amount as decimal(18, 3)) as difference_amount,
        reason,
        case
            when last_moved_date > {{ as_of_date() }} - 2 then 'still_arriving'
            when reason = 'currency_differs' then 'other_currency'
            when reason = 'no_such_order' then 'order_not_delivered'
            else 'none'
        end as explanation
    from differences
)

select * from tie_out_differences
