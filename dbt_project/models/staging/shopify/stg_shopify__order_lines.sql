with orders as (
    {{ latest_version(
        source('raw', 'shopify_orders'),
        ['id'],
        'updated_at',
        ['_source', '_prefix', 'id', 'currency', 'line_items'],
    ) }}
),

lines as (
    select
        orders._source,
        orders._prefix,
        orders.id as shopify_order_id,
        orders.currency,
        {{ json_records('orders.line_items', {
            'id': 'varchar',
            'product_id': 'varchar',
            'variant_id': 'varchar',
            'sku': 'varchar',
            'name': 'varchar',
            'title': 'varchar',
            'quantity': 'integer',
            'price': 'decimal(18, 3)',
            'total_discount': 'decimal(18, 3)',
            'gift_card': 'boolean',
        }) }} as line
    from orders
),

order_lines as (
    select
        _source as source_name,
        _source || ':' || line.id as order_line_id,
        _source || ':' || shopify_order_id as order_id,
        _prefix || line.product_id as product_id,
        _prefix || line.variant_id as variant_id,
        nullif(trim(line.sku), '') as sku,
        coalesce(line.name, line.title) as product_name,
        line.quantity,
        line.price as unit_amount,
        cast(coalesce(line.total_discount, 0) as decimal(18, 3)) as discount_amount,
        coalesce(line.gift_card, false) as is_gift_card,
        upper(trim(currency)) as currency_code
    from lines
    -- A list may name a line twice, or hold what is none.
    where line.id is not null
    qualify
        row_number() over (
            partition by _source, line.id
            order by shopify_order_id desc, line.quantity desc
        ) = 1
)

select * from order_lines
