{{ config(meta={'dagster': {'ref': {'name': 'identity_map'}}}) }}

select
    overrides.override_id,
    overrides.left_record_id,
    overrides.right_record_id,
    left_records.customer_id
from {{ ref('identity_overrides') }} as overrides
inner join {{ ref('identity_map') }} as left_records
    on overrides.left_record_id = left_records.record_id
inner join {{ ref('identity_map') }} as right_records
    on overrides.right_record_id = right_records.record_id
where
    overrides.rule = 'different'
    and left_records.customer_id = right_records.customer_id
