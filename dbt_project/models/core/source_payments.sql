-- Every movement of money on an order, as its shop tells it. What each is for the books
-- is decided in `payments`.
with source_payments as (
    {{ union_feed('payments', {
        'source_name': 'varchar',
        'payment_id': 'varchar',
        'order_id': 'varchar',
        'kind': 'varchar',
        'status': 'varchar',
        'gateway': 'varchar',
        'amount': 'decimal(18,3)',
        'currency_code': 'varchar',
        'gateway_reference': 'varchar',
        'is_test': 'boolean',
        'created_at': 'timestamp',
    }) }}
)

select * from source_payments
