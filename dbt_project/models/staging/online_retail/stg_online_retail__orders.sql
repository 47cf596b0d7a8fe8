-- An invoice is an order when it sells something; one that only books a fee, a write-off
-- or an entry that nobody can name is none.
with ledger_lines as (
    select *
    from {{ ref('stg_online_retail__ledger_lines') }}
    where not is_credit_note and ledger_part in ('merchandise', 'postage', 'vouchers')
),

invoices as (
    select
        source_name,
        document_id,
        record_id,
        invoice_number,
        currency_code,
        min(booked_at) as booked_at,
        sum(case when ledger_part = 'postage' then 0 else amount end)
            as line_items_amount,
        sum(case when ledger_part = 'postage' then amount else 0 end)
            as shipping_amount,
        sum(amount) as gross_amount
    from ledger_lines
    group by source_name, document_id, record_id, invoice_number, currency_code
),

orders as (
    select
        source_name,
        document_id as order_id,
        record_id,
        invoice_number as order_number,
        booked_at as placed_at,
        booked_at as updated_at,
        currency_code,
        cast(line_items_amount as decimal(18, 3)) as line_items_amount,
        cast(0 as decimal(18, 3)) as discount_amount,
        cast(shipping_amount as decimal(18, 3)) as shipping_amount,
        cast(0 as decimal(18, 3)) as tax_amount,
        cast(gross_amount as decimal(18, 3)) as gross_amount,
        'paid' as financial_status,
        false as is_test,
        cast(null as timestamp) as cancelled_at,
        cast(null as varchar) as checkout_token,
        cast(null as varchar) as landing_url,
        cast(null as varchar) as referrer_url
    from invoices
)

select * from orders
