-- A cart that nobody touched for four hours is abandoned; after three days a reminder
-- is no help any more.
with checkouts as (
    select
        checkout_id,
        customer_id,
        currency_code,
        total_amount,
        recovery_url,
        started_at,
        last_active_at
    from {{ ref('checkouts') }}
    where
        not is_completed
        and customer_id is not null
        and last_active_at <= {{ as_of() }} - interval '4 hours'
        and last_active_at > {{ as_of() }} - interval '3 days'
),

-- Any order counts, paid or not: who ordered since then is not waiting.
last_orders as (
    select
        customer_id,
        max(placed_at) as last_placed_at
    from {{ ref('orders') }}
    where not is_test
    group by customer_id
),

open_checkouts as (
    select
        checkouts.*,
        row_number() over (
            partition by checkouts.customer_id
            order by checkouts.last_active_at desc, checkouts.checkout_id asc
        ) as checkout_rank
    from checkouts
    left join last_orders on checkouts.customer_id = last_orders.customer_id
    where
        last_orders.last_placed_at is null
        or last_orders.last_placed_at < checkouts.started_at
),

seg_abandoned_cart as (
    select
        customer_id,
        checkout_id,
        last_active_at as abandoned_at,
        currency_code,
        total_amount,
        recovery_url
    from open_checkouts
    where checkout_rank = 1
)

select * from seg_abandoned_cart
