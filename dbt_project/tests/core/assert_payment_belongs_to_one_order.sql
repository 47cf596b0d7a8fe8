-- A charge of the payment provider pays for one order: two orders of a shop that name the
-- same one would both count it.
{{ config(meta={'dagster': {'ref': {'name': 'payments'}}}) }}

select
    source_name,
    gateway,
    gateway_reference,
    count(distinct order_id) as orders_count
from {{ ref('payments') }}
where gateway_reference is not null and movement in ('captured', 'refunded')
group by source_name, gateway, gateway_reference
having count(distinct order_id) > 1
