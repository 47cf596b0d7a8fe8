with web_events as (
    select
        event_id,
        event_type,
        coalesce(anonymous_id, 'user:' || user_id) as device_id,
        page_url,
        referrer_url,
        utm_source,
        utm_medium,
        utm_campaign,
        case when is_future then received_at else occurred_at end as occurred_at
    from {{ ref('stg_web__events') }}
    where anonymous_id is not null or user_id is not null
),

device_sessions as (
    select
        device_id,
        started_at,
        ended_at,
        events_count,
        page_views_count,
        products_added_count,
        checkouts_started_count,
        device_record_id,
        first_login_record_id,
        last_login_record_id
    from {{ ref('device_sessions') }}
),

identity_map as (
    select
        record_id,
        customer_id
    from {{ ref('identity_map') }}
),

-- The event that opened the session tells where the visitor came from.
opening_events as (
    select
        web_events.event_id as session_id,
        device_sessions.device_id,
        device_sessions.started_at,
        device_sessions.ended_at,
        device_sessions.events_count,
        device_sessions.page_views_count,
        device_sessions.products_added_count,
        device_sessions.checkouts_started_count,
        device_sessions.first_login_record_id is not null as is_logged_in,
        coalesce(
            device_sessions.first_login_record_id
            <> device_sessions.last_login_record_id,
            false
        ) as is_shared,
        -- Two people within one session: it is guessed to be neither's, and goes where
        -- identity put the device.
        case
            when
                device_sessions.first_login_record_id
                = device_sessions.last_login_record_id
                then device_sessions.first_login_record_id
            else device_sessions.device_record_id
        end as record_id,
        web_events.page_url as entry_page_url,
        web_events.referrer_url,
        web_events.utm_source,
        web_events.utm_medium,
        web_events.utm_campaign,
        row_number() over (
            partition by device_sessions.device_id, device_sessions.started_at
            order by
                case when web_events.event_type = 'page' then 0 else 1 end,
                web_events.event_id
        ) as opening_rank
    from device_sessions
    inner join web_events
        on
            device_sessions.device_id = web_events.device_id
            and device_sessions.started_at = web_events.occurred_at
),

sessions as (
    select
        opening_events.session_id,
        opening_events.device_id,
        identity_map.customer_id,
        opening_events.started_at,
        opening_events.ended_at,
        {{ local_date('opening_events.started_at') }} as session_date,
        row_number() over (
            partition by opening_events.device_id
            order by opening_events.started_at
        ) = 1 as is_first_of_device,
        opening_events.is_logged_in,
        opening_events.is_shared,
        opening_events.entry_page_url,
        opening_events.referrer_url,
        opening_events.utm_source,
        opening_events.utm_medium,
        opening_events.utm_campaign,
        opening_events.events_count,
        opening_events.page_views_count,
        opening_events.products_added_count,
        opening_events.checkouts_started_count
    from opening_events
    left join identity_map on opening_events.record_id = identity_map.record_id
    where opening_events.opening_rank = 1
)

select * from sessions
