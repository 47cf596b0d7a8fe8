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
        left_record_id,
        right_record_id,
        match_rule,
        priority,
        match_confidence,
        stated_at
    from {{ ref('identity_statements') }}
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
        left_record_id as left_node,
        right_record_id as right_node,
        match_rule,
        true as is_strong,
        priority,
        match_confidence,
        stated_at as first_seen_at,
        stated_at as last_seen_at
    from statements
)

select * from edges
