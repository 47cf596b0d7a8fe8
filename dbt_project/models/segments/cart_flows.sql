-- Which way an abandoned cart is followed up: by customer, so that nobody is written to
-- in two ways; the holdout tells what happens without any.
with carts as (
    select *
    from {{ ref('seg_abandoned_cart') }}
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
)

select * from cart_flows
