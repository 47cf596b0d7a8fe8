-- Whoever entered last and has not left is a member, and nobody else is.
{{ config(meta={'dagster': {'ref': {'name': 'memberships'}}}) }}

with ranked as (
    select
        segment,
        customer_id,
        change,
        row_number() over (
            partition by segment, customer_id order by as_of desc
        ) as recency
    from {{ ref('membership_changes') }}
),

present as (
    select
        segment,
        customer_id
    from ranked
    where recency = 1 and change = 'entered'
)

select
    coalesce(present.segment, memberships.segment) as segment,
    coalesce(present.customer_id, memberships.customer_id) as customer_id
from present
full outer join {{ ref('memberships') }} as memberships
    on
        present.segment = memberships.segment
        and present.customer_id = memberships.customer_id
where present.customer_id is null or memberships.customer_id is null
