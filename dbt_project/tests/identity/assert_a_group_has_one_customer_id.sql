-- Two groups under one id would merge strangers behind identity's back.
{{ config(meta={'dagster': {'ref': {'name': 'identity_map'}}}) }}

select
    identity_map.customer_id,
    count(distinct identity_groups.group_id) as groups_count
from {{ ref('identity_map') }} as identity_map
inner join {{ ref('identity_groups') }} as identity_groups
    on identity_map.record_id = identity_groups.record_id
group by identity_map.customer_id
having count(distinct identity_groups.group_id) > 1
