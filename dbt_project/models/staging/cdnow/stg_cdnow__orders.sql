with latest as (
    {{ latest_version(source('raw', 'cdnow_purchases'), ['purchase_id']) }}
),

orders as (
    select
        _source as source_name,
        _source || ':' || purchase_id as order_id,
        _source || '_customers:' || customer_id as record_id,
        purchase_id as order_number,
        {{ local_noon('purchased_on') }} as placed_at,
        {{ local_noon('purchased_on') }} as updated_at,
        'USD' as currency_code,
        cast(dollars as decimal(18, 3)) as line_items_amount,
        cast(0 as decimal(18, 3)) as discount_amount,
        cast(0 as decimal(18, 3)) as shipping_amount,
        cast(0 as decimal(18, 3)) as tax_amount,
        cast(dollars as decimal(18, 3)) as gross_amount,
        'paid' as financial_status,
        false as is_test,
        cast(null as timestamp) as cancelled_at,
        cast(null as varchar) as checkout_token,
        cast(null as varchar) as landing_url,
        cast(null as varchar) as referrer_url
    from latest
)

select * from orders
