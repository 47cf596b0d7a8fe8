-- A ticket of somebody whom the desk did not deliver yet has no customer until it does.
with staged_tickets as (
    select
        ticket_id,
        source_name,
        record_id,
        order_number,
        subject,
        body,
        channel,
        ticket_type,
        priority,
        status,
        opened_at,
        solved_at,
        updated_at
    from {{ ref('stg_zendesk__tickets') }}
),

identity_map as (
    select
        record_id,
        customer_id
    from {{ ref('identity_map') }}
),

accounts as (
    select
        source_name,
        shop_name
    from {{ source('declared', 'accounts') }}
),

-- Every shop counts by itself: a number is one of the desk's shop.
orders as (
    select
        source_name,
        order_number,
        min(order_id) as order_id
    from {{ ref('orders') }}
    group by
        source_name,
        order_number
    having count(*) = 1
),

-- Of several ratings of one ticket the latest is what the person thinks.
ratings as (
    select
        ticket_id,
        is_good,
        rating_comment,
        rated_at
    from {{ ref('stg_zendesk__satisfaction_ratings') }}
    where is_good is not null
    qualify
        row_number() over (
            partition by ticket_id
            order by rated_at desc, rating_id desc
        ) = 1
),

tickets as (
    select
        staged_tickets.ticket_id,
        staged_tickets.source_name,
        identity_map.customer_id,
        orders.order_id,
        staged_tickets.subject,
        staged_tickets.body,
        staged_tickets.channel,
        staged_tickets.ticket_type,
        staged_tickets.priority,
        staged_tickets.status,
        staged_tickets.status not in ('solved', 'closed', 'deleted') as is_open,
        staged_tickets.opened_at,
        {{ local_date('staged_tickets.opened_at') }} as opened_date,
        staged_tickets.solved_at,
        ratings.is_good as is_rated_good,
        ratings.rating_comment,
        ratings.rated_at,
        staged_tickets.updated_at
    from staged_tickets
    left join identity_map
        on staged_tickets.record_id = identity_map.record_id
    left join accounts
        on staged_tickets.source_name = accounts.source_name
    left join orders
        on
            accounts.shop_name = orders.source_name
            and staged_tickets.order_number = orders.order_number
    left join ratings on staged_tickets.ticket_id = ratings.ticket_id
)

select * from tickets
