-- The strong tier is closed before; the device tier adds records to its groups and never joins two of them.
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

edges as (
    select
        left_node,
        right_node,
        match_rule,
        priority,
        match_confidence
    from {{ ref('identity_edges') }}
    where is_strong
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

groups as (
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
)

select * from groups
