-- Nobody gets back more than was taken. (An order of which no capture is known at all
-- is a missing payment, which the reference from payments to orders shows.)
{{ config(meta={'dagster': {'ref': {'name': 'orders'}}}) }}

select
    order_id,
    captured_amount,
    refunded_amount
from {{ ref('orders') }}
where
    refunded_amount < 0
    or (captured_amount > 0 and refunded_amount > captured_amount)
