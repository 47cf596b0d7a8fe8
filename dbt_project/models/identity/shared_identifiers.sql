-- Only a value that several records carry can join anything. Who holds it is counted for the few
-- values that more records carry than holders are allowed. Of an account's id the addresses of
-- records without a name count, too: a tracker tells a login and an address, and nobody's name.
with identifier_types as (
    select
        identifier_type,
        is_account,
        max_holders
    from {{ ref('identifier_types') }}
),

identifiers as (
    select
        record_id,
        identifier_type,
        identifier_value
    from {{ ref('identifiers') }}
    where identifier_value is not null
),

names as (
    select
        record_id,
        lower(trim(concat(first_name, ' ', last_name))) as person_name
    from {{ ref('source_records') }}
    where first_name is not null or last_name is not null
),

shared as (
    select
        identifier_type,
        identifier_value,
        count(*) as records_count
    from identifiers
    group by identifier_type, identifier_value
    having count(*) > 1
),

suspected as (
    select
        shared.identifier_type,
        shared.identifier_value
    from shared
    inner join identifier_types
        on shared.identifier_type = identifier_types.identifier_type
    where shared.records_count > identifier_types.max_holders
),

suspected_records as (
    select
        identifiers.identifier_type,
        identifiers.identifier_value,
        identifiers.record_id
    from identifiers
    inner join suspected
        on
            identifiers.identifier_type = suspected.identifier_type
            and identifiers.identifier_value = suspected.identifier_value
),

accounts as (
    select
        identifiers.record_id,
        identifiers.identifier_type,
        identifiers.identifier_value
    from identifiers
    inner join identifier_types
        on identifiers.identifier_type = identifier_types.identifier_type
    where
        identifier_types.is_account
        and identifiers.record_id in (select record_id from suspected_records)
),

holders as (
    select
        suspected_records.identifier_type,
        suspected_records.identifier_value,
        accounts.identifier_type as holder_kind,
        accounts.identifier_value as holder
    from suspected_records
    inner join accounts on suspected_records.record_id = accounts.record_id
    union all
    select
        suspected_records.identifier_type,
        suspected_records.identifier_value,
        'name' as holder_kind,
        names.person_name as holder
    from suspected_records
    inner join names on suspected_records.record_id = names.record_id
    union all
    select
        suspected_records.identifier_type,
        suspected_records.identifier_value,
        'address' as holder_kind,
        identifiers.identifier_value as holder
    from suspected_records
    inner join identifier_types
        on suspected_records.identifier_type = identifier_types.identifier_type
    inner join identifiers on suspected_records.record_id = identifiers.record_id
    where
        identifier_types.is_account
        and identifiers.identifier_type = 'email'
        and suspected_records.record_id not in (select record_id from names)
),

holders_by_kind as (
    select
        identifier_type,
        identifier_value,
        holder_kind,
        count(distinct holder) as holders_count
    from holders
    group by identifier_type, identifier_value, holder_kind
),

holder_counts as (
    select
        identifier_type,
        identifier_value,
        max(holders_count) as holders_count
    from holders_by_kind
    group by identifier_type, identifier_value
),

shared_identifiers as (
    select
        shared.identifier_type,
        shared.identifier_value,
        shared.records_count,
        holder_counts.holders_count,
        coalesce(
            holder_counts.holders_count > identifier_types.max_holders, false
        ) as is_over_cap
    from shared
    inner join identifier_types
        on shared.identifier_type = identifier_types.identifier_type
    left join holder_counts
        on
            shared.identifier_type = holder_counts.identifier_type
            and shared.identifier_value = holder_counts.identifier_value
)

select * from shared_identifiers
