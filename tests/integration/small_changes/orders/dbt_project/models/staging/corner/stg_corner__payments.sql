-- The till lists attempts to pay and, apart from them, refunds: each is a movement here, too.
with attempts as (
    {{ latest_version(source('raw', 'corner_payments'), ['payment_id']) }}
),

refunds as (
    select * from {{ ref('stg_corner__refunds') }}
),

orders as (
    select
        order_id,
        is_test
    from {{ ref('stg_corner__orders') }}
),

movements as (
    select
        _source as source_name,
        _source || ':' || payment_id as payment_id,
        _source || ':' || order_id as order_id,
        'sale' as kind,
        case when result = 'ok' then 'success' else 'failure' end as status,
        method as gateway,
        cast(amount as decimal(18, 3)) as amount,
        upper(trim(currency)) as currency_code,
        paid_at as created_at
    from attempts
    union all
    select
        source_name,
        refund_id || ':refund' as payment_id,
        order_id,
        'refund' as kind,
        'success' as status,
        'card' as gateway,
        amount,
        currency_code,
        refunded_at as created_at
    from refunds
),

payments as (
    select
        movements.source_name,
        movements.payment_id,
        movements.order_id,
        movements.kind,
        movements.status,
        movements.gateway,
        movements.amount,
        movements.currency_code,
        cast(null as varchar) as gateway_reference,
        coalesce(orders.is_test, false) as is_test,
        movements.created_at
    from movements
    left join orders on movements.order_id = orders.order_id
)

select * from payments
