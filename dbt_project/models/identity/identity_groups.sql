-- The strong tier is closed before; the device tier adds records to its groups and never joins two
-- of them.
with source_records as (
    select
        source_name,
        record_id
    from {{ ref('source_records') }}
),

components as (
    select
        node,
        component
    from {{ ref('identity_components') }}
),

unnamed_records as (
    select
        record_id,
        count(distinct device_group_id) as groups_count,
        min(device_group_id) as device_group_id,
        min(device_node) as first_device_node,
        min_by(identifier_type, device_node) as identifier_type,
        min_by(match_confidence, device_node) as match_confidence
    from {{ ref('device_links') }}
    where own_group_id is null
    group by record_id
),

refused as (
    select
        left_node,
        right_node
    from {{ ref('merge_decisions') }}
    where refused_by is not null
),

edges as (
    select
        edges.left_node,
        edges.right_node,
        edges.match_rule,
        edges.priority,
        edges.match_confidence
    from {{ ref('identity_edges') }} as edges
    left join refused
        on
            edges.left_node = refused.left_node
            and edges.right_node = refused.right_node
    where edges.is_strong and refused.left_node is null
),

evidence as (
    select
        left_node as record_id,
        match_rule,
        priority,
        match_confidence
    from edges
    union all
    select
        right_node as record_id,
        match_rule,
        priority,
        match_confidence
    from edges
    where right_node in (select record_id from source_records)
),

strongest_evidence as (
    select
        record_id,
        min_by(match_rule, priority) as match_rule,
        min_by(match_confidence, priority) as match_confidence
    from evidence
    group by record_id
),

placed as (
    select
        source_records.source_name,
        source_records.record_id,
        coalesce(
            components.component,
            case
                when unnamed_records.groups_count = 1
                    then unnamed_records.device_group_id
                else unnamed_records.first_device_node
            end,
            source_records.record_id
        ) as group_id,
        case
            when strongest_evidence.record_id is not null
                then strongest_evidence.match_rule
            when unnamed_records.groups_count = 1 then unnamed_records.identifier_type
            else 'alone'
        end as match_rule,
        case
            when strongest_evidence.record_id is not null
                then strongest_evidence.match_confidence
            when unnamed_records.groups_count = 1 then unnamed_records.match_confidence
            else 1.00
        end as match_confidence
    from source_records
    left join components on source_records.record_id = components.node
    left join unnamed_records
        on source_records.record_id = unnamed_records.record_id
    left join strongest_evidence
        on source_records.record_id = strongest_evidence.record_id
),

-- A person's word parts what only a device has put together; what stronger evidence joins was
-- parted before.
parted as (
    select unnest([left_placed.record_id, right_placed.record_id]) as record_id
    from {{ ref('identity_overrides') }} as overrides
    inner join placed as left_placed
        on overrides.left_record_id = left_placed.record_id
    inner join placed as right_placed
        on overrides.right_record_id = right_placed.record_id
    where
        overrides.rule = 'different'
        and left_placed.group_id = right_placed.group_id
),

groups as (
    select
        placed.source_name,
        placed.record_id,
        case
            when is_parted then placed.record_id
            else placed.group_id
        end as group_id,
        case
            when is_parted then 'alone'
            else placed.match_rule
        end as match_rule,
        case
            when is_parted then 1.00
            else placed.match_confidence
        end as match_confidence
    from (
        select
            *,
            record_id in (select record_id from unnamed_records)
            and record_id in (select record_id from parted) as is_parted
        from placed
    ) as placed
)

select * from groups
