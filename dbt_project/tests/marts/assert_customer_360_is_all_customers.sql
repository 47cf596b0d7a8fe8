-- One row per customer, nobody left out and nobody doubled by a join.
{{ config(meta={'dagster': {'ref': {'name': 'customer_360'}}}) }}

select
    customers.customer_id as core_customer_id,
    customer_360.customer_id as marts_customer_id
from {{ ref('customers') }} as customers
full outer join {{ ref('customer_360') }} as customer_360
    on customers.customer_id = customer_360.customer_id
where customers.customer_id is null or customer_360.customer_id is null
