with ledger_lines as (
    select *
    from {{ ref('stg_online_retail__ledger_lines') }}
    where not is_credit_note and ledger_part in ('merchandise', 'vouchers')
),

order_lines as (
    select
        source_name,
        ledger_line_id as order_line_id,
        document_id as order_id,
        stock_code as product_id,
        cast(null as varchar) as variant_id,
        stock_code as sku,
        description as product_name,
        quantity,
        unit_amount,
        cast(0 as decimal(18, 3)) as discount_amount,
        ledger_part = 'vouchers' as is_gift_card,
        currency_code
    from ledger_lines
)

select * from order_lines
