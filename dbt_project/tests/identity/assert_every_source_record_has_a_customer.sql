{{ config(meta={'dagster': {'ref': {'name': 'identity_map'}}}) }}

select
    source_records.record_id,
    identity_map.customer_id
from {{ ref('source_records') }} as source_records
full join {{ ref('identity_map') }} as identity_map
    on source_records.record_id = identity_map.record_id
where source_records.record_id is null or identity_map.record_id is null
