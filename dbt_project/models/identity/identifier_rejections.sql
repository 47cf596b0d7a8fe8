with refused as (
    select
        identifier_type,
        rejected_value_hash as value_hash,
        rejection_reason as reason,
        count(*) as records_count
    from {{ ref('identifiers') }}
    where rejection_reason is not null
    group by identifier_type, rejected_value_hash, rejection_reason
),

over_cap as (
    select
        identifier_type,
        {{ keyed_hash('identifier_value') }} as value_hash,
        'over_cap' as reason,
        records_count
    from {{ ref('shared_identifiers') }}
    where is_over_cap
),

ambiguous as (
    select
        identifier_type,
        {{ keyed_hash("substr(device_node, strpos(device_node, ':') + 1)") }}
            as value_hash,
        'ambiguous' as reason,
        count(*) as records_count
    from {{ ref('device_links') }}
    where is_ambiguous
    group by identifier_type, device_node
),

rejections as (
    select * from refused
    union all
    select * from over_cap
    union all
    select * from ambiguous
)

select * from rejections
