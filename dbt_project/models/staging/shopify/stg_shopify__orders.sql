with latest as (
    {{ latest_version(source('raw', 'shopify_orders'), ['id'], 'updated_at') }}
),

shipping_lines as (
    select
        _source,
        id,
        {{ json_records('shipping_lines', {
            'price': 'decimal(18, 3)',
            'discounted_price': 'decimal(18, 3)',
        }) }} as line
    from latest
),

shipping_discounts as (
    select
        _source,
        id,
        sum(line.price - coalesce(line.discounted_price, line.price)) as amount
    from shipping_lines
    group by _source, id
),

orders as (
    select
        latest._source as source_name,
        latest._source || ':' || latest.id as order_id,
        latest._source || '_orders:' || latest.id as record_id,
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
        cast(shipping_discounts.amount as decimal(18, 3)) as shipping_discount_amount,
        coalesce(taxes_included, false) as taxes_included,
        cast(total_tax as decimal(18, 3)) as tax_amount,
        cast(total_tip_received as decimal(18, 3)) as tip_amount,
        cast(coalesce(original_total_duties, current_total_duties) as decimal(18, 3))
            as duties_amount,
        cast(cash_rounding as decimal(18, 3)) as rounding_amount,
        upper(trim(presentment_currency)) as presentment_currency_code,
        cast(presentment_total as decimal(18, 3)) as presentment_amount,
        cast(total_price as decimal(18, 3)) as gross_amount,
        financial_status,
        test as is_test,
        cancelled_at,
        checkout_token,
        landing_site as landing_url,
        referring_site as referrer_url
    from latest
    left join shipping_discounts
        on
            latest._source = shipping_discounts._source
            and latest.id = shipping_discounts.id
)

select * from orders
