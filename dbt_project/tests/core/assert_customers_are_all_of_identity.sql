-- Everyone whom identity knows is a customer, once, with all of his or her records.
{{ config(meta={'dagster': {'ref': {'name': 'customers'}}}) }}

with known as (
    select
        customer_id,
        count(*) as records_count
    from {{ ref('identity_map') }}
    group by customer_id
)

select
    known.customer_id as known_customer_id,
    customers.customer_id,
    known.records_count as known_records_count,
    customers.records_count
from known
full outer join {{ ref('customers') }} as customers
    on known.customer_id = customers.customer_id
where
    known.customer_id is null
    or customers.customer_id is null
    or known.records_count <> customers.records_count
