with identity_map as (
    select
        record_id,
        customer_id,
        split_part(record_id, ':', 1) as record_kind
    from {{ ref('identity_map') }}
),

identifiers as (
    select
        record_id,
        identifier_type,
        identifier_value,
        first_seen_at,
        last_seen_at
    from {{ ref('identifiers') }}
    where identifier_value is not null
),

record_kinds as (
    select
        record_kind,
        trust_rank
    from {{ source('declared', 'record_kinds') }}
),

deleted_records as (
    select record_id
    from {{ ref('deleted_records') }}
),

customer_identifiers as (
    select
        identity_map.customer_id,
        identifiers.identifier_type,
        identifiers.identifier_value,
        identity_map.record_kind,
        record_kinds.trust_rank,
        bool_and(deleted_records.record_id is not null) as is_deleted,
        min(identifiers.first_seen_at) as first_seen_at,
        max(identifiers.last_seen_at) as last_seen_at,
        count(*) as records_count
    from identity_map
    inner join identifiers on identity_map.record_id = identifiers.record_id
    left join deleted_records on identity_map.record_id = deleted_records.record_id
    left join record_kinds on identity_map.record_kind = record_kinds.record_kind
    group by
        identity_map.customer_id,
        identifiers.identifier_type,
        identifiers.identifier_value,
        identity_map.record_kind,
        record_kinds.trust_rank
)

select * from customer_identifiers
