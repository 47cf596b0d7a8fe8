-- The second word, with a tenth off: to whom the mail went out at least four hours ago,
-- and who has neither ordered nor come by since. The mail is known by the hash of its
-- key, as the row log has it; one that a hold kept back went out later than its night.
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

mails as (
    select
        key_hash,
        max(cast(replace(greatest(as_of, "at"), 'Z', '') as timestamp)) as sent_at
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

addressed as (
    select
        carts.*,
        customers.phone,
        coalesce(customers.phone, carts.checkout_id) as handset
    from carts
    inner join customers on carts.customer_id = customers.customer_id
),

unmoved as (
    select addressed.*
    from addressed
    inner join mails on {{ keyed_hash('addressed.checkout_id') }} = mails.key_hash
    left join visits on addressed.customer_id = visits.customer_id
    where
        addressed.flow = 'mail_then_sms'
        and mails.sent_at <= {{ as_of() }} - interval '4 hours'
        and addressed.abandoned_at <= mails.sent_at
        and (visits.last_visited_at is null or visits.last_visited_at <= mails.sent_at)
),

chosen as (
    {{ one_cart_each('unmoved', 'handset') }}
),

sync_twilio_sms__cart_messages as (
    select
        checkout_id,
        customer_id,
        phone,
        'Your cart is still here, and for you it is 10 % off with CART10: '
        || recovery_url as body
    from chosen
)

select * from sync_twilio_sms__cart_messages
