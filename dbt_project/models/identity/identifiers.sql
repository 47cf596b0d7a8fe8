with source_records as (
    select
        source_name,
        record_id,
        identifiers,
        country_code,
        first_seen_at,
        last_seen_at
    from {{ ref('source_records') }}
),

identifier_types as (
    select
        identifier_type,
        normalisation
    from {{ ref('identifier_types') }}
),

phones as (
    select
        raw_phone,
        country_code,
        e164
    from {{ source('steps', 'phones') }}
),

blocked_values as (
    select distinct
        blocked.pattern,
        identifier_types.identifier_type,
        blocked.pattern like '%|%%' escape '|' as is_wildcard
    from {{ ref('blocked_identifier_values') }} as blocked
    inner join identifier_types
        on
            identifier_types.identifier_type
            = coalesce(blocked.identifier_type, identifier_types.identifier_type)
),

entries as (
    select
        source_name,
        record_id,
        country_code,
        first_seen_at,
        last_seen_at,
        {{ map_rows('identifiers') }} as entry
    from source_records
),

raw_identifiers as (
    select
        source_name,
        record_id,
        country_code,
        first_seen_at,
        last_seen_at,
        entry.key as identifier_type,
        trim(entry.value) as raw_value
    from entries
),

normalised as (
    select
        raw_identifiers.source_name,
        raw_identifiers.record_id,
        raw_identifiers.first_seen_at,
        raw_identifiers.last_seen_at,
        raw_identifiers.identifier_type,
        raw_identifiers.raw_value,
        case identifier_types.normalisation
            when 'email' then {{ normalised_email('raw_identifiers.raw_value') }}
            when 'phone' then phones.e164
            else raw_identifiers.raw_value
        end as identifier_value,
        case
            when length(raw_identifiers.raw_value) > 1024 then true
            when identifier_types.normalisation is null then true
            when identifier_types.normalisation = 'email'
                then not regexp_matches(
                    raw_identifiers.raw_value,
                    '^[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+$'
                )
            when identifier_types.normalisation = 'phone' then phones.e164 is null
            else false
        end as is_malformed
    from raw_identifiers
    left join identifier_types
        on raw_identifiers.identifier_type = identifier_types.identifier_type
    left join phones
        on
            identifier_types.normalisation = 'phone'
            and raw_identifiers.raw_value = phones.raw_phone
            and raw_identifiers.country_code is not distinct from phones.country_code
),

judged as (
    select
        *,
        case
            when translate(raw_value, '0-', '') = '' then 'blocked'
            when
                exists (
                    select 1
                    from blocked_values
                    where
                        not blocked_values.is_wildcard
                        and blocked_values.identifier_type = normalised.identifier_type
                        and blocked_values.pattern = lower(normalised.raw_value)
                )
                then 'blocked'
            when
                exists (
                    select 1
                    from blocked_values
                    where
                        blocked_values.is_wildcard
                        and blocked_values.identifier_type = normalised.identifier_type
                        and lower(normalised.raw_value) like blocked_values.pattern
                )
                then 'blocked'
            when is_malformed then 'malformed'
        end as rejection_reason
    from normalised
),

identifiers as (
    select
        source_name,
        record_id,
        identifier_type,
        case when rejection_reason is null then identifier_value end
            as identifier_value,
        rejection_reason,
        case when rejection_reason is not null then {{ keyed_hash('raw_value') }} end
            as rejected_value_hash,
        first_seen_at,
        last_seen_at
    from judged
)

select * from identifiers
