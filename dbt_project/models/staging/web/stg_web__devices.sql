with anonymous_events as (
    select
        _source,
        trim(anonymous_id) as anonymous_id,
        least("timestamp", _loaded_at + interval 1 day) as occurred_at
    from {{ source('raw', 'web_events') }}
    where
        nullif(trim(anonymous_id), '') is not null
        and nullif(trim(user_id), '') is null
),

devices as (
    select
        _source,
        anonymous_id,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at
    from anonymous_events
    group by _source, anonymous_id
),

person_records as (
    select
        _source as source_name,
        _source || '_devices:' || anonymous_id as record_id,
        {{ identifier_map({'anonymous_id': 'anonymous_id'}) }} as identifiers,
        cast(null as varchar) as country_code,
        cast(null as varchar) as first_name,
        cast(null as varchar) as last_name,
        cast(null as varchar) as city,
        cast(null as varchar) as postcode,
        first_seen_at,
        last_seen_at,
        anonymous_id
    from devices
)

select * from person_records
