-- What each movement is for the books is decided here, once: everything that adds up
-- money reads `movement`. Gift cards and store credit are means of payment like any other.
with staged_payments as (
    select
        source_name,
        payment_id,
        order_id,
        kind,
        status,
        gateway,
        amount,
        currency_code,
        gateway_reference,
        is_test,
        created_at
    from {{ ref('source_payments') }}
),

payments as (
    select
        payment_id,
        order_id,
        source_name,
        kind,
        status,
        gateway,
        case
            when is_test then 'test'
            when status <> 'success' then 'unsuccessful'
            when kind in ('authorization', 'emv_authorization') then 'authorised'
            when kind = 'suggested_refund' then 'suggested'
            when kind = 'void' then 'voided'
            when kind in ('capture', 'sale') then 'captured'
            when kind = 'change' then 'change_given'
            when kind = 'refund' then 'refunded'
            else 'unknown'
        end as movement,
        cast(amount as decimal(18, 3)) as amount,
        currency_code,
        gateway_reference,
        created_at as moved_at,
        {{ local_date('created_at') }} as moved_date
    from staged_payments
)

select * from payments
