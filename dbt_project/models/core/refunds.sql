with staged_refunds as (
    select
        source_name,
        refund_id,
        order_id,
        amount,
        currency_code,
        refunded_at,
        coalesce(goods_amount, 0) as goods_amount,
        coalesce(shipping_amount, 0) as shipping_amount,
        coalesce(tax_amount, 0) as tax_amount
    from {{ ref('source_refunds') }}
),

staged_orders as (
    select
        order_id,
        currency_code
    from {{ ref('source_orders') }}
),

refunds as (
    select
        staged_refunds.refund_id,
        staged_refunds.order_id,
        staged_refunds.source_name,
        cast(staged_refunds.amount as decimal(18, 3)) as amount,
        -- A refund that moved no money (goods back only) names no currency.
        coalesce(
            staged_refunds.currency_code, staged_orders.currency_code
        ) as currency_code,
        cast(staged_refunds.goods_amount as decimal(18, 3)) as goods_amount,
        cast(staged_refunds.shipping_amount as decimal(18, 3)) as shipping_amount,
        cast(staged_refunds.tax_amount as decimal(18, 3)) as tax_amount,
        staged_refunds.refunded_at,
        {{ local_date('staged_refunds.refunded_at') }} as refunded_date
    from staged_refunds
    left join staged_orders on staged_refunds.order_id = staged_orders.order_id
)

select * from refunds
