with candidates as (
    select
        node,
        cast(component as varchar) as component
    from {{ ref('identity_candidates') }}
),

decisions as (
    select
        left_node,
        right_node,
        left_group,
        right_group
    from {{ ref('merge_decisions') }}
),

decided as (
    select
        left_node as node,
        left_group as component
    from decisions
    union
    select
        right_node as node,
        right_group as component
    from decisions
),

components as (
    select
        candidates.node,
        coalesce(decided.component, candidates.component) as component
    from candidates
    left join decided on candidates.node = decided.node
)

select * from components
