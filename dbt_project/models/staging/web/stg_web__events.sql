-- A window over every event would sort the largest table of all. A delivery that was repeated is
-- rare, so message ids seen twice are found by their hash alone, and only rows with such a hash are
-- compared. The table is read three times, each time with the columns that are needed: kept in
-- between, it would fill the memory.
with repeated_hashes as (
    select {{ text_number('message_id') }} as message_hash
    from {{ source('raw', 'web_events') }}
    group by {{ text_number('message_id') }}
    having count(*) > 1
),

repeated_events as (
    select
        message_id,
        _source,
        _arrival,
        _line_number
    from {{ source('raw', 'web_events') }}
    where {{ text_number('message_id') }} in (select message_hash from repeated_hashes)
),

newest_events as (
    {{ latest_version('repeated_events', ['message_id'], columns=['_arrival', '_line_number']) }}
),

superseded_events as (
    select
        repeated_events._arrival,
        repeated_events._line_number
    from repeated_events
    left join newest_events
        on
            repeated_events._arrival = newest_events._arrival
            and repeated_events._line_number = newest_events._line_number
    where newest_events._line_number is null
),

distinct_events as (
    select events.*
    from {{ source('raw', 'web_events') }} as events
    left join superseded_events
        on
            events._arrival = superseded_events._arrival
            and events._line_number = superseded_events._line_number
    where superseded_events._line_number is null
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
