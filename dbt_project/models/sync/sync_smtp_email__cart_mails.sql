-- The first word about an abandoned cart, four hours on: a mail without a discount.
with carts as (
    select
        checkout_id,
        customer_id,
        recovery_url
    from {{ ref('cart_flows') }}
    where flow in ('mail_only', 'mail_then_sms') and recovery_url is not null
),

customers as (
    select
        customer_id,
        email,
        first_name
    from {{ ref('customers') }}
),

sync_smtp_email__cart_mails as (
    select
        carts.checkout_id,
        carts.customer_id,
        customers.email,
        'Your cart is waiting' as subject,
        'Hello' || coalesce(' ' || customers.first_name, '')
        || ', we kept your cart for you: ' || carts.recovery_url as "text"
    from carts
    inner join customers on carts.customer_id = customers.customer_id
)

select * from sync_smtp_email__cart_mails
