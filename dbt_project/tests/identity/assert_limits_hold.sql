{{ config(meta={'dagster': {'ref': {'name': 'identity_map'}}}) }}

select
    identity_map.customer_id,
    limited_identifiers.identifier_type,
    count(distinct limited_identifiers.identifier_value) as found_count
from {{ ref('limited_identifiers') }} as limited_identifiers
inner join {{ ref('identity_map') }} as identity_map
    on limited_identifiers.record_id = identity_map.record_id
group by identity_map.customer_id, limited_identifiers.identifier_type
having
    count(distinct limited_identifiers.identifier_value)
    > max(limited_identifiers.max_per_customer)
