-- Who was named on a device: by a login, or by an address or number given without one. The latter
-- gets a record of its own, so that the device itself belongs to that person only when nobody else
-- was named on it.
with naming_events as (
    select
        _source,
        coalesce(trim(anonymous_id), '') as anonymous_id,
        nullif(trim(user_id), '') as user_id,
        nullif(trim(email), '') as email,
        nullif(trim(phone), '') as phone,
        least("timestamp", _loaded_at + interval 1 day) as occurred_at,
        {{ version_order('"timestamp"') }} as event_order
    from {{ source('raw', 'web_events') }}
    where
        nullif(trim(user_id), '') is not null
        or nullif(trim(email), '') is not null
        or nullif(trim(phone), '') is not null
),

named as (
    select
        *,
        coalesce(
            user_id,
            'contact-' || {{ keyed_hash("lower(coalesce(email, phone))") }}
        ) as named_as
    from naming_events
),

logins as (
    select
        _source,
        anonymous_id,
        named_as,
        max(user_id) as user_id,
        max_by(email, event_order) filter (where email is not null) as email,
        max_by(phone, event_order) filter (where phone is not null) as phone,
        min(occurred_at) as first_seen_at,
        max(occurred_at) as last_seen_at
    from named
    group by _source, anonymous_id, named_as
),

person_records as (
    select
        _source as source_name,
        _source || '_logins:' || anonymous_id || ':' || named_as as record_id,
        {{ identifier_map({
            'user_id': 'user_id',
            'email': 'email',
            'phone': 'phone',
            'anonymous_id': 'anonymous_id',
        }) }} as identifiers,
        cast(null as varchar) as country_code,
        cast(null as varchar) as first_name,
        cast(null as varchar) as last_name,
        cast(null as varchar) as city,
        cast(null as varchar) as postcode,
        first_seen_at,
        last_seen_at,
        nullif(anonymous_id, '') as anonymous_id,
        user_id
    from logins
)

select * from person_records
