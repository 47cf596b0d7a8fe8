with latest as (
    {{ latest_version(source('raw', 'shopify_checkouts'), ['id'], 'updated_at') }}
),

checkouts as (
    select
        _source as source_name,
        _source || '_checkouts:' || id as record_id,
        {{ identifier_map({
            'user_id': 'cast(customer_id as varchar)',
            'email': 'email',
            'phone': 'phone',
        }) }} as identifiers,
        cast(null as varchar) as country_code,
        cast(null as varchar) as first_name,
        cast(null as varchar) as last_name,
        cast(null as varchar) as city,
        cast(null as varchar) as postcode,
        created_at as first_seen_at,
        greatest(created_at, updated_at) as last_seen_at,
        _source || ':' || id as checkout_id,
        token as checkout_token,
        nullif(trim(email), '') as email,
        nullif(trim(phone), '') as phone,
        upper(trim(currency)) as currency_code,
        cast(total_price as decimal(18, 3)) as total_amount,
        abandoned_checkout_url as recovery_url,
        created_at,
        updated_at,
        completed_at
    from latest
)

select * from checkouts
