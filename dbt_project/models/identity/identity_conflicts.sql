-- Evidence alone would make these groups; most break no limit and need no second look.
with candidates as (
    select
        node,
        component
    from {{ ref('identity_candidates') }}
),

limited_identifiers as (
    select
        record_id,
        identifier_type,
        identifier_value,
        max_per_customer
    from {{ ref('limited_identifiers') }}
),

overrides as (
    select
        left_record_id,
        right_record_id
    from {{ ref('identity_overrides') }}
    where rule = 'different'
),

too_many as (
    select
        candidates.component,
        limited_identifiers.identifier_type as broken_limit,
        count(distinct limited_identifiers.identifier_value) as found_count
    from limited_identifiers
    inner join candidates on limited_identifiers.record_id = candidates.node
    group by candidates.component, limited_identifiers.identifier_type
    having
        count(distinct limited_identifiers.identifier_value)
        > max(limited_identifiers.max_per_customer)
),

declared_different as (
    select
        left_nodes.component,
        'different' as broken_limit,
        count(*) as found_count
    from overrides
    inner join candidates as left_nodes on overrides.left_record_id = left_nodes.node
    inner join candidates as right_nodes on overrides.right_record_id = right_nodes.node
    where left_nodes.component = right_nodes.component
    group by left_nodes.component
),

conflicts as (
    select * from too_many
    union all
    select * from declared_different
)

select * from conflicts
