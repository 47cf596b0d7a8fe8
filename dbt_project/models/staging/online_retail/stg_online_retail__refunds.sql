-- A credit note names no invoice. The units of an article that a customer gives back are
-- held to be the first that he or she bought and has not given back yet, and worth at
-- most what was paid for them. What was bought before the ledger begins, or by nobody
-- known, finds no order: it stays in the ledger and is in no order's revenue.
with ledger_lines as (
    select *
    from {{ ref('stg_online_retail__ledger_lines') }}
    where
        account_number is not null
        and ledger_part in ('merchandise', 'returns', 'postage')
        and quantity <> 0
),

-- Units as stretches of a line, from the first ever bought or given back.
stretches as (
    select
        *,
        sum(abs(quantity)) over units_so_far - abs(quantity) as from_unit,
        sum(abs(quantity)) over units_so_far as to_unit
    from ledger_lines
    window
        units_so_far as (
            partition by source_name, account_number, stock_code, is_credit_note
            order by booked_at, line_number
            rows between unbounded preceding and current row
        )
),

given_back as (
    select
        credits.source_name,
        credits.ledger_line_id,
        credits.currency_code,
        credits.booked_at,
        sales.document_id as order_id,
        (
            least(credits.to_unit, sales.to_unit)
            - greatest(credits.from_unit, sales.from_unit)
        ) * least(credits.unit_amount, sales.unit_amount) as amount
    from stretches as credits
    inner join stretches as sales
        on
            credits.source_name = sales.source_name
            and credits.account_number = sales.account_number
            and credits.stock_code = sales.stock_code
            and credits.from_unit < sales.to_unit
            and credits.to_unit > sales.from_unit
            and credits.booked_at >= sales.booked_at
    where credits.is_credit_note and not sales.is_credit_note
),

refunds as (
    select
        source_name,
        ledger_line_id || ':' || order_id as refund_id,
        ledger_line_id,
        order_id,
        cast(sum(amount) as decimal(18, 3)) as amount,
        currency_code,
        booked_at as refunded_at
    from given_back
    group by source_name, ledger_line_id, order_id, currency_code, booked_at
)

select * from refunds
