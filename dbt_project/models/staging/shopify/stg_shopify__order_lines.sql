with orders as (
    {{ latest_version(
        source('raw', 'shopify_orders'),
        ['id'],
        'updated_at',
        ['id', 'currency', 'line_items'],
    ) }}
),

lines as (
    select
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
        'shopify' as source_name,
        'shopify:' || line.id as order_line_id,
        'shopify:' || shopify_order_id as order_id,
        line.product_id,
        line.variant_id,
        nullif(trim(line.sku), '') as sku,
        coalesce(line.name, line.title) as product_name,
        line.quantity,
        line.price as unit_amount,
        cast(coalesce(line.total_discount, 0) as decimal(18, 3)) as discount_amount,
        coalesce(line.gift_card, false) as is_gift_card,
        upper(trim(currency)) as currency_code
    from lines
)

select * from order_lines
