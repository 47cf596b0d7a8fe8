-- The second word, with a tenth off: to whom the mail went out at least four hours ago,
-- and who has neither ordered nor come by since. The mail is known by the hash of its
-- key, as the row log has it.
with carts as (
    select
        checkout_id,
        customer_id,
        recovery_url
    from {{ ref('cart_flows') }}
    where flow = 'mail_then_sms' and recovery_url is not null
),

mails as (
    select
        key_hash,
        max(cast(replace(as_of, 'Z', '') as timestamp)) as sent_at
    from {{ source('control', 'delivery_log') }}
    where sync = 'cart_mails' and "action" = 'upsert' and status = 'acknowledged'
    group by key_hash
),

visits as (
    select
        customer_id,
        max(started_at) as last_visited_at
    from {{ ref('sessions') }}
    where customer_id is not null
    group by customer_id
),

customers as (
    select
        customer_id,
        phone
    from {{ ref('customers') }}
),

sync_twilio_sms__cart_messages as (
    select
        carts.checkout_id,
        carts.customer_id,
        customers.phone,
        'Your cart is still here, and for you it is 10 % off with CART10: '
        || carts.recovery_url as body
    from carts
    inner join mails on {{ keyed_hash('carts.checkout_id') }} = mails.key_hash
    inner join customers on carts.customer_id = customers.customer_id
    left join visits on carts.customer_id = visits.customer_id
    where
        mails.sent_at <= {{ as_of() }} - interval '4 hours'
        and (visits.last_visited_at is null or visits.last_visited_at <= mails.sent_at)
)

select * from sync_twilio_sms__cart_messages
