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

-- The login of a second shop is another kind of id than that of the first.
renamed_types as (
    select
        source_name,
        named_type,
        identifier_type
    from {{ source('declared', 'renamed_identifier_types') }}
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

addresses as (
    select
        raw_address,
        address
    from {{ source('steps', 'addresses') }}
    where readings_count = 1
),

blocked_values as (
    select
        identifier_type,
        pattern,
        is_wildcard
    from {{ ref('blocked_values') }}
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
        entries.source_name,
        entries.record_id,
        entries.country_code,
        entries.first_seen_at,
        entries.last_seen_at,
        coalesce(renamed_types.identifier_type, entries.entry.key) as identifier_type,
        trim(entries.entry.value) as raw_value
    from entries
    left join renamed_types
        on
            entries.source_name = renamed_types.source_name
            and entries.entry.key = renamed_types.named_type
),

-- Phone numbers alone have a raw_phone, and addresses a raw_address: a condition on one side
-- of the joins below would make DuckDB compare every identifier with every number.
typed as (
    select
        raw_identifiers.source_name,
        raw_identifiers.record_id,
        raw_identifiers.first_seen_at,
        raw_identifiers.last_seen_at,
        raw_identifiers.country_code,
        raw_identifiers.identifier_type,
        identifier_types.normalisation,
        -- Of numbers and addresses a step makes the plain form.
        case
            when identifier_types.normalisation in ('phone', 'email')
                then raw_identifiers.raw_value
            else {{ seen_text('raw_identifiers.raw_value') }}
        end as raw_value,
        case
            when identifier_types.normalisation = 'phone'
                then raw_identifiers.raw_value
        end as raw_phone,
        case
            when identifier_types.normalisation = 'email'
                then raw_identifiers.raw_value
        end as raw_address
    from raw_identifiers
    left join identifier_types
        on raw_identifiers.identifier_type = identifier_types.identifier_type
),

normalised as (
    select
        typed.source_name,
        typed.record_id,
        typed.first_seen_at,
        typed.last_seen_at,
        typed.identifier_type,
        typed.raw_value,
        typed.normalisation,
        addresses.address,
        case typed.normalisation
            when 'email' then addresses.address
            when 'phone' then phones.e164
            else typed.raw_value
        end as identifier_value,
        -- One number or id is one however its digits are grouped.
        translate(typed.raw_value, ' +-./()', '') as ungrouped_value,
        case
            when length(typed.raw_value) > 1024 then true
            when typed.normalisation is null then true
            when typed.normalisation = 'email' then addresses.address is null
            when typed.normalisation = 'phone' then phones.e164 is null
            else false
        end as is_malformed
    from typed
    left join phones
        on
            typed.raw_phone = phones.raw_phone
            and typed.country_code is not distinct from phones.country_code
    left join addresses on typed.raw_address = addresses.raw_address
),

compared as (
    select
        *,
        case
            when normalisation = 'phone' then lower(ungrouped_value)
            else {{ bare_word('coalesce(address, raw_value)') }}
        end as compared_word,
        case normalisation
            when 'email' then split_part(address, '@', 1) || '@%'
            when 'phone' then identifier_value
        end as wider_word,
        lower(coalesce(identifier_value, raw_value)) as compared_value
    from normalised
),

judged as (
    select
        *,
        case
            -- Zeros and punctuation alone, or one character over and over.
            when translate(ungrouped_value, '0,;:_*?!|[]{}<>#"''–—', '') = ''
                then 'blocked'
            when
                length(ungrouped_value) >= 8
                and replace(ungrouped_value, left(ungrouped_value, 1), '') = ''
                then 'blocked'
            -- A template that was not filled in: %EMAIL%.
            when raw_value like '|%%|%' escape '|' then 'blocked'
            when
                exists (
                    select 1
                    from blocked_values
                    where
                        not blocked_values.is_wildcard
                        and blocked_values.identifier_type = compared.identifier_type
                        and blocked_values.pattern = compared.compared_word
                )
                then 'blocked'
            when
                exists (
                    select 1
                    from blocked_values
                    where
                        not blocked_values.is_wildcard
                        and blocked_values.identifier_type = compared.identifier_type
                        and blocked_values.pattern = compared.wider_word
                )
                then 'blocked'
            when
                exists (
                    select 1
                    from blocked_values
                    where
                        blocked_values.is_wildcard
                        and blocked_values.identifier_type = compared.identifier_type
                        and compared.compared_value like blocked_values.pattern
                )
                then 'blocked'
            when is_malformed then 'malformed'
        end as rejection_reason
    from compared
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
