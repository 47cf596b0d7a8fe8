with latest as (
    {{ latest_version(source('raw', 'cdnow_purchases'), ['purchase_id']) }}
),

payments as (
    select
        _source as source_name,
        _source || ':' || purchase_id as payment_id,
        _source || ':' || purchase_id as order_id,
        'sale' as kind,
        'success' as status,
        'unknown' as gateway,
        cast(dollars as decimal(18, 3)) as amount,
        'USD' as currency_code,
        cast(null as varchar) as gateway_reference,
        false as is_test,
        {{ local_noon('purchased_on') }} as created_at
    from latest
)

select * from payments
