{{ config(meta={'dagster': {'ref': {'name': 'identity_groups'}}}) }}

select
    device_links.record_id,
    identity_groups.group_id
from {{ ref('device_links') }} as device_links
inner join {{ ref('identity_groups') }} as identity_groups
    on device_links.record_id = identity_groups.record_id
inner join {{ ref('identity_components') }} as components
    on identity_groups.group_id = components.component
where
    device_links.own_group_id is null
    and device_links.is_ambiguous
    and not exists (
        select 1
        from {{ ref('device_links') }} as other_links
        where
            other_links.record_id = device_links.record_id
            and not other_links.is_ambiguous
    )
