with orders as (
    {{ latest_version(
        source('raw', 'shopify_orders'),
        ['id'],
        'updated_at',
        ['_source', 'id', 'currency', 'discount_codes'],
    ) }}
),

entered as (
    select
        orders._source,
        orders.id as shopify_order_id,
        orders.currency,
        {{ json_records('orders.discount_codes', {
            'code': 'varchar',
            'amount': 'decimal(18, 3)',
        }) }} as discount
    from orders
),

-- A code may stand several times in a list, for goods and for shipping.
order_discounts as (
    select
        _source as source_name,
        _source || ':' || shopify_order_id as order_id,
        trim(discount.code) as discount_code,
        cast(sum(discount.amount) as decimal(18, 3)) as amount,
        upper(trim(currency)) as currency_code
    from entered
    where nullif(trim(discount.code), '') is not null
    group by
        _source,
        shopify_order_id,
        trim(discount.code),
        upper(trim(currency))
)

select * from order_discounts
