-- What many records of a customer say alike becomes one row, so that choosing ranks few.
with identity_map as (
    select
        record_id,
        customer_id,
        split_part(record_id, ':', 1) as record_kind
    from {{ ref('identity_map') }}
),

source_records as (
    select
        record_id,
        source_name,
        first_name,
        last_name,
        country_code,
        city,
        postcode,
        first_seen_at,
        last_seen_at
    from {{ ref('source_records') }}
),

record_kinds as (
    select
        record_kind,
        trust_rank
    from {{ source('declared', 'record_kinds') }}
),

customer_statements as (
    select
        identity_map.customer_id,
        source_records.source_name,
        identity_map.record_kind,
        record_kinds.trust_rank,
        source_records.first_name,
        source_records.last_name,
        source_records.country_code,
        source_records.city,
        source_records.postcode,
        min(source_records.first_seen_at) as first_seen_at,
        max(source_records.last_seen_at) as last_seen_at,
        count(*) as records_count
    from identity_map
    inner join source_records on identity_map.record_id = source_records.record_id
    left join record_kinds on identity_map.record_kind = record_kinds.record_kind
    group by
        identity_map.customer_id,
        source_records.source_name,
        identity_map.record_kind,
        record_kinds.trust_rank,
        source_records.first_name,
        source_records.last_name,
        source_records.country_code,
        source_records.city,
        source_records.postcode
)

select * from customer_statements
