-- Kinds of events that are about no message stay in staging.
with events as (
    select
        event_id,
        source_name,
        record_id,
        metric_id,
        message_id,
        campaign_name,
        subject,
        is_hard_bounce,
        occurred_at
    from {{ ref('stg_klaviyo__events') }}
),

metrics as (
    select
        metric_id,
        channel,
        message_event
    from {{ ref('stg_klaviyo__metrics') }}
    where message_event is not null
),

profiles as (
    select
        record_id,
        email,
        phone_number
    from {{ ref('stg_klaviyo__profiles') }}
),

identity_map as (
    select
        record_id,
        customer_id
    from {{ ref('identity_map') }}
),

messages as (
    select
        events.event_id as message_event_id,
        events.source_name,
        identity_map.customer_id,
        metrics.channel,
        metrics.message_event,
        case metrics.channel
            when 'email' then profiles.email
            else profiles.phone_number
        end as contact_point,
        events.message_id,
        events.campaign_name,
        events.subject,
        coalesce(events.is_hard_bounce, false) as is_hard_bounce,
        events.occurred_at,
        {{ local_date('events.occurred_at') }} as occurred_date
    from events
    inner join metrics on events.metric_id = metrics.metric_id
    left join profiles on events.record_id = profiles.record_id
    left join identity_map on events.record_id = identity_map.record_id
)

select * from messages
