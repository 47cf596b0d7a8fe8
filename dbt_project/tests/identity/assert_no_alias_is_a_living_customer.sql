{{ config(meta={'dagster': {'ref': {'name': 'identity_aliases'}}}) }}

select aliases.alias_customer_id
from {{ ref('identity_aliases') }} as aliases
inner join {{ ref('identity_map') }} as identity_map
    on aliases.alias_customer_id = identity_map.customer_id
