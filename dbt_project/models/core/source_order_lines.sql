-- Every line of every order, as its shop tells it.
with source_order_lines as (
    {{ union_feed('order_lines', {
        'source_name': 'varchar',
        'order_line_id': 'varchar',
        'order_id': 'varchar',
        'product_id': 'varchar',
        'variant_id': 'varchar',
        'sku': 'varchar',
        'product_name': 'varchar',
        'quantity': 'integer',
        'unit_amount': 'decimal(18,3)',
        'discount_amount': 'decimal(18,3)',
        'is_gift_card': 'boolean',
        'currency_code': 'varchar',
    }) }}
)

select * from source_order_lines
