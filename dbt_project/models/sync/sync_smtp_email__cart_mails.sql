-- The first word about an abandoned cart, four hours on: a mail without a discount. One
-- mailbox gets one, and none where somebody who is held out reads it.
with carts as (
    select
        checkout_id,
        customer_id,
        abandoned_at,
        recovery_url,
        flow
    from {{ ref('cart_flows') }}
    where contains(recovery_url, '://')
),

customers as (
    select
        customer_id,
        email,
        first_name
    from {{ ref('customers') }}
),

addressed as (
    select
        carts.*,
        customers.email,
        customers.first_name,
        coalesce(customers.email, carts.checkout_id) as mailbox
    from carts
    inner join customers on carts.customer_id = customers.customer_id
),

chosen as (
    {{ one_cart_each('addressed', 'mailbox') }}
),

sync_smtp_email__cart_mails as (
    select
        checkout_id,
        customer_id,
        email,
        'Your cart is waiting' as subject,
        'Hello' || coalesce(' ' || {{ name_in_text('first_name') }}, '')
        || ', we kept your cart for you: ' || recovery_url as "text"
    from chosen
)

select * from sync_smtp_email__cart_mails
