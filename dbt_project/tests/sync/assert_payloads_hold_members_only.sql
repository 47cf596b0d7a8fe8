-- Nobody leaves the house who is in none of the segments that the payload is for.
{{ config(meta={'dagster': {'ref': {'name': 'sync_hubspot__contacts'}}}) }}

select payloads.customer_id
from (
    select
        'high_value' as segment,
        customer_id
    from {{ ref('sync_hubspot__contacts') }}
    where clientele_is_high_value
    union all
    select
        'lapsing' as segment,
        customer_id
    from {{ ref('sync_hubspot__contacts') }}
    where clientele_is_lapsing
    union all
    select
        'lapsing' as segment,
        customer_id
    from {{ ref('sync_postgres__lapsing_customers') }}
    union all
    -- A contact in neither segment: matches nothing, so it shows.
    select
        'none' as segment,
        customer_id
    from {{ ref('sync_hubspot__contacts') }}
    where not clientele_is_high_value and not clientele_is_lapsing
) as payloads
left join {{ ref('memberships') }} as memberships
    on
        payloads.segment = memberships.segment
        and payloads.customer_id = memberships.customer_id
where memberships.customer_id is null
