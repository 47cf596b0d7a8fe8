-- A device belongs to a person only when it is used by that person alone: it is asked which strong
-- groups name themselves on it. Records that name nobody are what the device tier may place.
with edges as (
    select
        left_node as record_id,
        right_node as device_node,
        match_rule as identifier_type,
        match_confidence
    from {{ ref('identity_edges') }}
    where not is_strong
),

components as (
    select
        node,
        component
    from {{ ref('identity_components') }}
),

identifiers as (
    select
        record_id,
        identifier_type,
        identifier_value
    from {{ ref('identifiers') }}
    where identifier_value is not null
),

identifier_types as (
    select identifier_type
    from {{ ref('identifier_types') }}
    where is_strong
),

values_over_cap as (
    select
        identifier_type,
        identifier_value
    from {{ ref('shared_identifiers') }}
    where is_over_cap
),

named_records as (
    select distinct identifiers.record_id
    from identifiers
    inner join identifier_types
        on identifiers.identifier_type = identifier_types.identifier_type
    left join values_over_cap
        on
            identifiers.identifier_type = values_over_cap.identifier_type
            and identifiers.identifier_value = values_over_cap.identifier_value
    where
        values_over_cap.identifier_value is null
        and identifiers.record_id in (select record_id from edges)
),

members as (
    select
        edges.record_id,
        edges.device_node,
        edges.identifier_type,
        edges.match_confidence,
        coalesce(components.component, named_records.record_id) as own_group_id
    from edges
    left join components on edges.record_id = components.node
    left join named_records on edges.record_id = named_records.record_id
),

devices as (
    select
        device_node,
        count(distinct own_group_id) as groups_count,
        min(own_group_id) as first_group_id
    from members
    group by device_node
),

device_links as (
    select
        members.record_id,
        members.device_node,
        members.identifier_type,
        members.match_confidence,
        members.own_group_id,
        devices.groups_count,
        case when devices.groups_count = 1 then devices.first_group_id end
            as device_group_id,
        devices.groups_count > 1 as is_ambiguous
    from members
    inner join devices on members.device_node = devices.device_node
)

select * from device_links
