-- Of a source that delivers its whole sales ledger: every line of it, and how much of it
-- is revenue. Sales are, with their postage; vouchers are owed; of what a credit note
-- gives back, the part whose order is known. Nothing else is.
with staged_lines as (
    {{ union_feed('ledger_lines', {
        'source_name': 'varchar',
        'ledger_line_id': 'varchar',
        'document_id': 'varchar',
        'is_credit_note': 'boolean',
        'ledger_part': 'varchar',
        'currency_code': 'varchar',
        'amount': 'decimal(18,3)',
        'booked_at': 'timestamp',
    }) }}
),

staged_refunds as (
    {{ union_feed('ledger_refunds', {
        'ledger_line_id': 'varchar',
        'amount': 'decimal(18,3)',
    }) }}
),

given_back as (
    select
        ledger_line_id,
        sum(amount) as amount
    from staged_refunds
    group by ledger_line_id
),

ledger_lines as (
    select
        staged_lines.ledger_line_id,
        staged_lines.source_name,
        staged_lines.document_id,
        staged_lines.is_credit_note,
        staged_lines.ledger_part,
        staged_lines.booked_at,
        {{ local_date('staged_lines.booked_at') }} as booked_date,
        staged_lines.currency_code,
        staged_lines.amount,
        cast(
            case
                when staged_lines.is_credit_note then -coalesce(given_back.amount, 0)
                when staged_lines.ledger_part in ('merchandise', 'postage')
                    then staged_lines.amount
                else 0
            end as decimal(18, 3)
        ) as net_revenue_amount
    from staged_lines
    left join given_back
        on staged_lines.ledger_line_id = given_back.ledger_line_id
)

select * from ledger_lines
