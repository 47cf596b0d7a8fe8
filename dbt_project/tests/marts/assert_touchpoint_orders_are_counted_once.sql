-- An order is credited to one visit at most.
{{ config(meta={'dagster': {'ref': {'name': 'touchpoints'}}}) }}

select count(*) as touchpoint_orders_count
from {{ ref('touchpoints') }}
having
    sum(orders_count) > (
        select count(*)
        from {{ ref('orders') }}
        where is_purchase
    )
