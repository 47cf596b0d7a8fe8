-- Every refund, as its shop tells it.
with source_refunds as (
    {{ union_feed('refunds', {
        'source_name': 'varchar',
        'refund_id': 'varchar',
        'order_id': 'varchar',
        'amount': 'decimal(18,3)',
        'currency_code': 'varchar',
        'refunded_at': 'timestamp',
    }, optional={
        'goods_amount': 'decimal(18,3)',
        'shipping_amount': 'decimal(18,3)',
        'tax_amount': 'decimal(18,3)',
    }) }}
)

select * from source_refunds
