-- Which codes an order was given, and what each took off.
with order_discounts as (
    {{ union_feed('order_discounts', {
        'order_id': 'varchar',
        'source_name': 'varchar',
        'discount_code': 'varchar',
        'amount': 'decimal(18,3)',
        'currency_code': 'varchar',
    }) }}
)

select * from order_discounts
