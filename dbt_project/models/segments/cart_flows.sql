-- Which way an abandoned cart is followed up: by customer, so that nobody is written to
-- in two ways; the holdout tells what happens without any.
with carts as (
    select *
    from {{ ref('seg_abandoned_cart') }}
),

-- One of ours, trying the shop out.
testers as (
    select customer_id
    from {{ ref('orders') }}
    where customer_id is not null
    group by customer_id
    having bool_and(is_test)
),

cart_flows as (
    select
        checkout_id,
        customer_id,
        abandoned_at,
        currency_code,
        total_amount,
        recovery_url,
        {{ cart_flow('customer_id') }} as flow
    from carts
    where customer_id not in (select customer_id from testers)
)

select * from cart_flows
