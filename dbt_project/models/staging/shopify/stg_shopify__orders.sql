with latest as (
    {{ latest_version(source('raw', 'shopify_orders'), ['id'], 'updated_at') }}
),

orders as (
    select
        _source as source_name,
        _source || ':' || id as order_id,
        _source || '_orders:' || id as record_id,
        {{ identifier_map({
            'user_id': 'cast(customer_id as varchar)',
            'email': 'email',
            'phone': 'phone',
        }) }} as identifiers,
        upper(trim(country_code)) as country_code,
        nullif(trim(first_name), '') as first_name,
        nullif(trim(last_name), '') as last_name,
        cast(null as varchar) as city,
        cast(null as varchar) as postcode,
        processed_at as first_seen_at,
        processed_at as last_seen_at,
        name as order_number,
        processed_at as placed_at,
        updated_at,
        upper(trim(currency)) as currency_code,
        cast(total_line_items_price as decimal(18, 3)) as line_items_amount,
        cast(total_discounts as decimal(18, 3)) as discount_amount,
        cast(coalesce(total_shipping, 0) as decimal(18, 3)) as shipping_amount,
        cast(total_tax as decimal(18, 3)) as tax_amount,
        cast(total_price as decimal(18, 3)) as gross_amount,
        financial_status,
        test as is_test,
        cancelled_at,
        checkout_token,
        landing_site as landing_url,
        referring_site as referrer_url
    from latest
)

select * from orders
