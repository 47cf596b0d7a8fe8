with identifier_types as (
    select
        identifier_type,
        is_strong,
        priority,
        match_confidence
    from {{ ref('identifier_types') }}
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

shared_identifiers as (
    select
        identifier_type,
        identifier_value
    from {{ ref('shared_identifiers') }}
    where not is_over_cap
),

statements as (
    select
        record_id as left_node,
        merged_record_id as right_node,
        'merged_in_source' as match_rule,
        5 as priority,
        seen_at
    from {{ ref('stg_hubspot__merges') }}
    union all
    select
        left_record_id as left_node,
        right_record_id as right_node,
        'override' as match_rule,
        0 as priority,
        created_at as seen_at
    from {{ ref('identity_overrides') }}
    where rule = 'same'
),

source_records as (
    select record_id
    from {{ ref('source_records') }}
),

statements_on_known_records as (
    select statements.*
    from statements
    where
        left_node in (select record_id from source_records)
        and right_node in (select record_id from source_records)
),

edges as (
    select
        identifiers.record_id as left_node,
        identifiers.identifier_type || ':' || identifiers.identifier_value
            as right_node,
        identifiers.identifier_type as match_rule,
        identifier_types.is_strong,
        identifier_types.priority,
        identifier_types.match_confidence,
        identifiers.first_seen_at,
        identifiers.last_seen_at
    from identifiers
    inner join shared_identifiers
        on
            identifiers.identifier_type = shared_identifiers.identifier_type
            and identifiers.identifier_value = shared_identifiers.identifier_value
    inner join identifier_types
        on identifiers.identifier_type = identifier_types.identifier_type
    union all
    select
        left_node,
        right_node,
        match_rule,
        true as is_strong,
        priority,
        1.00 as match_confidence,
        seen_at as first_seen_at,
        seen_at as last_seen_at
    from statements_on_known_records
)

select * from edges
