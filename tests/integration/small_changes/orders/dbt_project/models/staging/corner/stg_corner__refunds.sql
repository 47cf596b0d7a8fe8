with latest as (
    {{ latest_version(source('raw', 'corner_refunds'), ['id']) }}
),

refunds as (
    select
        _source as source_name,
        _source || ':' || id as refund_id,
        _source || ':' || order_id as order_id,
        cast(amount as decimal(18, 3)) as amount,
        upper(trim(currency)) as currency_code,
        refunded_at
    from latest
)

select * from refunds
