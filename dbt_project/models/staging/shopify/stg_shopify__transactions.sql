with latest as (
    {{ latest_version(source('raw', 'shopify_transactions'), ['id']) }}
),

transactions as (
    select
        _source as source_name,
        _source || ':' || id as payment_id,
        _source || ':' || order_id as order_id,
        _source || ':' || parent_id as parent_payment_id,
        lower(kind) as kind,
        lower(status) as status,
        gateway,
        cast(amount as decimal(18, 3)) as amount,
        upper(trim(currency)) as currency_code,
        nullif(trim("authorization"), '') as gateway_reference,
        test as is_test,
        created_at
    from latest
)

select * from transactions
