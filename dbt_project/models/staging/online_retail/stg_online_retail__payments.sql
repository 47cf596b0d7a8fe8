-- The ledger does not tell payments: what was invoiced counts as paid that day, what a
-- credit note gives back as given back.
with orders as (
    select * from {{ ref('stg_online_retail__orders') }}
),

refunds as (
    select * from {{ ref('stg_online_retail__refunds') }}
),

movements as (
    select
        source_name,
        order_id as payment_id,
        order_id,
        'sale' as kind,
        gross_amount as amount,
        currency_code,
        placed_at as created_at
    from orders
    union all
    select
        source_name,
        refund_id as payment_id,
        order_id,
        'refund' as kind,
        amount,
        currency_code,
        refunded_at as created_at
    from refunds
),

payments as (
    select
        source_name,
        payment_id,
        order_id,
        kind,
        'success' as status,
        'unknown' as gateway,
        amount,
        currency_code,
        cast(null as varchar) as gateway_reference,
        false as is_test,
        created_at
    from movements
)

select * from payments
