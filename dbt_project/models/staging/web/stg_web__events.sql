-- A window over every event would sort the largest table of all. A delivery that was repeated is
-- rare, so message ids seen twice are found by their hash alone, and only rows with such a hash are
-- compared.
with events as (
    select * from {{ source('raw', 'web_events') }}
),

repeated_hashes as (
    select {{ text_number('message_id') }} as message_hash
    from events
    group by {{ text_number('message_id') }}
    having count(*) > 1
),

single_events as (
    select events.*
    from events
    where
        {{ text_number('events.message_id') }} not in (
            select message_hash from repeated_hashes
        )
),

repeated_events as (
    select events.*
    from events
    where
        {{ text_number('events.message_id') }} in (
            select message_hash from repeated_hashes
        )
),

distinct_events as (
    select * from single_events
    union all
    {{ latest_version('repeated_events', ['message_id']) }}
),

renamed as (
    select
        _source,
        _prefix,
        _prefix || message_id as event_id,
        type as event_type,
        event as event_name,
        nullif(trim(anonymous_id), '') as anonymous_id,
        nullif(trim(user_id), '') as user_id,
        page_url,
        page_referrer as referrer_url,
        campaign_source as utm_source,
        campaign_medium as utm_medium,
        campaign_name as utm_campaign,
        "timestamp" as claimed_at,
        _loaded_at + interval 1 day as latest_possible_at,
        received_at
    from distinct_events
)

select
    event_id,
    event_type,
    event_name,
    _prefix || anonymous_id as anonymous_id,
    _prefix || user_id as user_id,
    case
        when renamed.user_id is not null
            then
                _source || '_logins:'
                || coalesce(renamed.anonymous_id, '') || ':' || renamed.user_id
        else _source || '_devices:' || renamed.anonymous_id
    end as record_id,
    page_url,
    referrer_url,
    utm_source,
    utm_medium,
    utm_campaign,
    least(claimed_at, latest_possible_at) as occurred_at,
    claimed_at > latest_possible_at as is_future,
    received_at
from renamed
