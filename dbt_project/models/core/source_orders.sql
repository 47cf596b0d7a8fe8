-- Every order of every source, as its shop tells it. What makes one a purchase is
-- decided in `orders`.
with source_orders as (
    {{ union_feed('orders', {
        'source_name': 'varchar',
        'order_id': 'varchar',
        'record_id': 'varchar',
        'order_number': 'varchar',
        'placed_at': 'timestamp',
        'updated_at': 'timestamp',
        'currency_code': 'varchar',
        'line_items_amount': 'decimal(18,3)',
        'discount_amount': 'decimal(18,3)',
        'shipping_amount': 'decimal(18,3)',
        'tax_amount': 'decimal(18,3)',
        'gross_amount': 'decimal(18,3)',
        'financial_status': 'varchar',
        'is_test': 'boolean',
        'cancelled_at': 'timestamp',
        'checkout_token': 'varchar',
        'landing_url': 'varchar',
        'referrer_url': 'varchar',
    }, optional={
        'taxes_included': 'boolean',
        'shipping_discount_amount': 'decimal(18,3)',
        'tip_amount': 'decimal(18,3)',
        'duties_amount': 'decimal(18,3)',
        'rounding_amount': 'decimal(18,3)',
        'presentment_currency_code': 'varchar',
        'presentment_amount': 'decimal(18,3)',
    }) }}
)

select * from source_orders
