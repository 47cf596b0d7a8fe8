{{ config(materialized='merge_decisions') }}

-- Only groups that break a limit are decided edge by edge; on most nights there are none.
with members as (
    select
        candidates.node,
        candidates.component
    from {{ ref('identity_candidates') }} as candidates
    where
        candidates.component
        in (select conflicts.component from {{ ref('identity_conflicts') }} as conflicts)
),

-- Two records can share one value by several rows of evidence: the strongest counts. Ties are
-- broken by a digest of the values, which prefers nobody and keeps a long chain from being decided
-- link by link.
evidence as (
    select
        edges.left_node,
        edges.right_node,
        min(edges.priority) as priority,
        max(edges.match_confidence) as match_confidence
    from {{ ref('identity_edges') }} as edges
    where
        edges.is_strong
        and edges.left_node in (select members.node from members)
    group by edges.left_node, edges.right_node
),

edges as (
    select
        row_number() over (
            order by
                priority asc,
                match_confidence desc,
                md5(left_node || ' ' || right_node) asc,
                right_node asc,
                left_node asc
        ) as edge_rank,
        left_node,
        right_node
    from evidence
),

given as (
    select
        'edge' as kind,
        edge_rank,
        left_node,
        right_node,
        null::varchar as limit_type,
        null::integer as limit_count
    from edges
    union all
    select
        'value' as kind,
        null::bigint as edge_rank,
        record_id as left_node,
        identifier_value as right_node,
        identifier_type as limit_type,
        max_per_customer as limit_count
    from {{ ref('limited_identifiers') }}
    where record_id in (select members.node from members)
    union all
    select
        'apart' as kind,
        null::bigint as edge_rank,
        left_record_id as left_node,
        right_record_id as right_node,
        null::varchar as limit_type,
        null::integer as limit_count
    from {{ ref('identity_overrides') }}
    where
        rule = 'different'
        and left_record_id in (select members.node from members)
        and right_record_id in (select members.node from members)
)

select * from given
