-- Every merge that some evidence asked for and that was not made.
with decisions as (
    select
        left_node,
        right_node,
        refused_by,
        left_group,
        right_group
    from {{ ref('merge_decisions') }}
    where refused_by is not null
),

edges as (
    select
        left_node,
        right_node,
        min_by(match_rule, priority) as match_rule
    from {{ ref('identity_edges') }}
    where is_strong
    group by left_node, right_node
),

group_sizes as (
    select
        component,
        count(*) as nodes_count
    from {{ ref('identity_components') }}
    where
        component in (select left_group from decisions)
        or component in (select right_group from decisions)
    group by component
),

by_limit as (
    select
        decisions.left_node,
        decisions.right_node,
        edges.match_rule,
        decisions.refused_by,
        decisions.left_group as left_group_id,
        decisions.right_group as right_group_id,
        left_sizes.nodes_count as left_size,
        right_sizes.nodes_count as right_size,
        null::bigint as against_count
    from decisions
    inner join edges
        on
            decisions.left_node = edges.left_node
            and decisions.right_node = edges.right_node
    inner join group_sizes as left_sizes
        on decisions.left_group = left_sizes.component
    inner join group_sizes as right_sizes
        on decisions.right_group = right_sizes.component
),

by_unlikeness as (
    select
        refusals.left_record_id as left_node,
        refusals.right_record_id as right_node,
        'name_match' as match_rule,
        'unlike' as refused_by,
        left_groups.component as left_group_id,
        right_groups.component as right_group_id,
        refusals.left_size,
        refusals.right_size,
        refusals.against_count
    from {{ source('steps', 'name_match_refusals') }} as refusals
    left join {{ ref('identity_components') }} as left_groups
        on refusals.left_record_id = left_groups.node
    left join {{ ref('identity_components') }} as right_groups
        on refusals.right_record_id = right_groups.node
),

refusals as (
    select * from by_limit
    union all
    select * from by_unlikeness
)

select * from refusals
