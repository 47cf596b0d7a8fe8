-- Every dispute, as the payment provider tells it.
with source_disputes as (
    {{ union_feed('disputes', {
        'source_name': 'varchar',
        'dispute_id': 'varchar',
        'charge_id': 'varchar',
        'status': 'varchar',
        'is_inquiry': 'boolean',
        'reason': 'varchar',
        'amount': 'decimal(18,3)',
        'currency_code': 'varchar',
        'is_live': 'boolean',
        'is_answered': 'boolean',
        'answer_due_at': 'timestamp',
        'created_at': 'timestamp',
    }, optional={
        'order_id': 'varchar',
        'fee_amount': 'decimal(18,3)',
        'account_currency_code': 'varchar',
    }) }}
)

select * from source_disputes
