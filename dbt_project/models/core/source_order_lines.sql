-- Every line of every order, as its shop tells it; a charge that is an order is one line.
with told as (
    {{ union_feed('order_lines', {
        'source_name': 'varchar',
        'order_line_id': 'varchar',
        'order_id': 'varchar',
        'product_id': 'varchar',
        'variant_id': 'varchar',
        'sku': 'varchar',
        'product_name': 'varchar',
        'quantity': 'integer',
        'unit_amount': 'decimal(18,3)',
        'discount_amount': 'decimal(18,3)',
        'is_gift_card': 'boolean',
        'currency_code': 'varchar',
    }) }}
),

source_order_lines as (
    select * from told
    union all
    select
        source_name,
        order_id as order_line_id,
        order_id,
        cast(null as varchar) as product_id,
        cast(null as varchar) as variant_id,
        cast(null as varchar) as sku,
        cast(null as varchar) as product_name,
        quantity,
        unit_amount,
        cast(0 as decimal(18, 3)) as discount_amount,
        false as is_gift_card,
        currency_code
    from {{ ref('charge_orders') }}
)

select * from source_order_lines
