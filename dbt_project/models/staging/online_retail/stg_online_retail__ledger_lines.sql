-- A ledger holds more than sales. Each line is told apart by its code, once: everything
-- after this reads `ledger_part`.
with latest as (
    {{ latest_version(source('raw', 'online_retail_invoice_lines'), ['line_id']) }}
),

priced as (
    select
        *,
        invoice_number like 'C%' as is_credit_note,
        cast(quantity * unit_price as decimal(18, 3)) as amount
    from latest
),

ledger_lines as (
    select
        _source as source_name,
        _source || ':' || line_id as ledger_line_id,
        cast(line_id as integer) as line_number,
        _source || ':' || invoice_number as document_id,
        invoice_number,
        is_credit_note,
        customer_id as account_number,
        case
            when customer_id is null then _source || '_invoices:' || invoice_number
            else _source || '_customers:' || customer_id
        end as record_id,
        country,
        stock_code,
        description,
        cast(quantity as integer) as quantity,
        cast(unit_price as decimal(18, 3)) as unit_amount,
        amount,
        'GBP' as currency_code,
        invoiced_at as booked_at,
        case
            when stock_code in ('POST', 'DOT', 'C2') then 'postage'
            when stock_code in ('AMAZONFEE', 'BANK CHARGES', 'CRUK') then 'fees'
            when stock_code like 'gift%' then 'vouchers'
            -- Bad debt, discounts given later, samples.
            when stock_code in ('B', 'D', 'S') then 'adjustments'
            when unit_price = 0 and customer_id is null then 'stock'
            when not regexp_matches(stock_code, '^([0-9]{5}|DCGS|PADS)')
                then 'unclassified'
            when is_credit_note then 'returns'
            else 'merchandise'
        end as ledger_part
    from priced
)

select * from ledger_lines
