-- What passed between us and a customer: tickets, ratings, messages. An answer is what the
-- customer did by him- or herself: writing to the desk, opening or clicking a message.
with tickets as (
    select
        customer_id,
        channel,
        ticket_type,
        is_open,
        opened_at,
        is_rated_good,
        rated_at
    from {{ ref('tickets') }}
    where customer_id is not null
),

messages as (
    select
        customer_id,
        channel,
        message_event,
        occurred_at
    from {{ ref('messages') }}
    where customer_id is not null
),

answers as (
    select
        customer_id,
        channel,
        opened_at as answered_at
    from tickets
    union all
    select
        customer_id,
        channel,
        occurred_at as answered_at
    from messages
    where message_event in ('opened', 'clicked')
),

answered_channels as (
    select
        customer_id,
        channel,
        count(*) as answers_count,
        max(answered_at) as last_answered_at
    from answers
    group by customer_id, channel
),

preferences as (
    select
        customer_id,
        channel,
        last_answered_at
    from answered_channels
    qualify
        row_number() over (
            partition by customer_id
            order by answers_count desc, last_answered_at desc, channel asc
        ) = 1
),

ticket_totals as (
    select
        customer_id,
        count(*) as tickets_count,
        count(*) filter (where is_open) as open_tickets_count,
        max(opened_at) as last_ticket_at,
        max(opened_at) filter (where ticket_type in ('problem', 'incident'))
            as last_complaint_at,
        count(is_rated_good) as ratings_count,
        count(*) filter (where is_rated_good) as good_ratings_count,
        max(rated_at) as last_rated_at
    from tickets
    group by customer_id
),

message_totals as (
    select
        customer_id,
        count(*) filter (where message_event = 'received') as messages_count,
        count(*) filter (where message_event = 'clicked') as clicks_count,
        max(occurred_at) filter (where message_event = 'received') as last_message_at,
        max(occurred_at) filter (where message_event in ('opened', 'clicked'))
            as last_message_answer_at
    from messages
    group by customer_id
),

contacted as (
    select customer_id from ticket_totals
    union
    select customer_id from message_totals
),

customer_contacts as (
    select
        contacted.customer_id,
        cast(coalesce(ticket_totals.tickets_count, 0) as integer) as tickets_count,
        cast(coalesce(ticket_totals.open_tickets_count, 0) as integer)
            as open_tickets_count,
        ticket_totals.last_ticket_at,
        ticket_totals.last_complaint_at,
        cast(coalesce(ticket_totals.ratings_count, 0) as integer) as ratings_count,
        {{ rate('ticket_totals.good_ratings_count', 'ticket_totals.ratings_count') }}
            as satisfaction_rate,
        ticket_totals.last_rated_at,
        cast(coalesce(message_totals.messages_count, 0) as integer) as messages_count,
        cast(coalesce(message_totals.clicks_count, 0) as integer) as clicks_count,
        message_totals.last_message_at,
        message_totals.last_message_answer_at,
        preferences.channel as preferred_channel
    from contacted
    left join ticket_totals on contacted.customer_id = ticket_totals.customer_id
    left join message_totals on contacted.customer_id = message_totals.customer_id
    left join preferences on contacted.customer_id = preferences.customer_id
)

select * from customer_contacts
