-- Lines + shipping + tax − discounts = gross, to the last digit.
{{ config(meta={'dagster': {'ref': {'name': 'orders'}}}) }}

select
    order_id,
    line_items_amount,
    shipping_amount,
    tax_amount,
    discount_amount,
    gross_amount
from {{ ref('orders') }}
where gross_amount <> line_items_amount + shipping_amount + tax_amount - discount_amount
