-- Amounts are added up per order without looking at the currency: here is why that is
-- safe.
{{ config(meta={'dagster': {'ref': {'name': 'payments'}}}) }}

select
    payments.payment_id,
    payments.order_id,
    payments.currency_code,
    orders.currency_code as order_currency_code
from {{ ref('payments') }} as payments
inner join {{ ref('orders') }} as orders on payments.order_id = orders.order_id
where payments.currency_code <> orders.currency_code
union all
select
    refunds.refund_id,
    refunds.order_id,
    refunds.currency_code,
    orders.currency_code as order_currency_code
from {{ ref('refunds') }} as refunds
inner join {{ ref('orders') }} as orders on refunds.order_id = orders.order_id
where refunds.currency_code <> orders.currency_code
