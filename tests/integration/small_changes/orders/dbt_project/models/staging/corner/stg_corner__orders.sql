-- The till tells no sum: an order costs its lines and the courier, less the discount.
with latest as (
    {{ latest_version(source('raw', 'corner_orders'), ['id'], 'changed_at') }}
),

line_sums as (
    select
        order_id,
        sum(quantity * unit_amount) as amount
    from {{ ref('stg_corner__order_lines') }}
    group by order_id
),

orders as (
    select
        latest._source as source_name,
        latest._source || ':' || latest.id as order_id,
        latest._source || '_orders:' || latest.id as record_id,
        {{ identifier_map({
            'corner_login': 'latest.login',
            'email': 'latest.email',
        }) }} as identifiers,
        cast(null as varchar) as country_code,
        nullif(trim(latest.first_name), '') as first_name,
        cast(null as varchar) as last_name,
        cast(null as varchar) as city,
        cast(null as varchar) as postcode,
        latest.placed_at as first_seen_at,
        latest.placed_at as last_seen_at,
        cast(latest.id as varchar) as order_number,
        latest.placed_at,
        latest.changed_at as updated_at,
        upper(trim(latest.currency)) as currency_code,
        cast(coalesce(line_sums.amount, 0) as decimal(18, 3)) as line_items_amount,
        cast(coalesce(latest.discount, 0) as decimal(18, 3)) as discount_amount,
        cast(coalesce(latest.shipping, 0) as decimal(18, 3)) as shipping_amount,
        cast(0 as decimal(18, 3)) as tax_amount,
        cast(
            coalesce(line_sums.amount, 0)
            + coalesce(latest.shipping, 0)
            - coalesce(latest.discount, 0) as decimal(18, 3)
        ) as gross_amount,
        latest.status as financial_status,
        latest.practice as is_test,
        case when latest.status = 'cancelled' then latest.changed_at end as cancelled_at,
        cast(null as varchar) as checkout_token,
        cast(null as varchar) as landing_url,
        cast(null as varchar) as referrer_url
    from latest
    left join line_sums on latest._source || ':' || latest.id = line_sums.order_id
)

select * from orders
