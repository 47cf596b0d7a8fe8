with staged_lines as (
    {{ union_relations(
        [ref('stg_shopify__order_lines'), ref('stg_cdnow__order_lines')],
        columns=[
            'source_name', 'order_line_id', 'order_id', 'product_id', 'sku',
            'product_name', 'quantity', 'unit_amount', 'discount_amount',
            'is_gift_card', 'currency_code',
        ],
    ) }}
),

order_lines as (
    select
        order_line_id,
        order_id,
        source_name,
        product_id,
        sku,
        product_name,
        cast(quantity as integer) as quantity,
        cast(unit_amount as decimal(18, 3)) as unit_amount,
        cast(quantity * unit_amount as decimal(18, 3)) as gross_amount,
        cast(discount_amount as decimal(18, 3)) as discount_amount,
        cast(quantity * unit_amount - discount_amount as decimal(18, 3)) as net_amount,
        is_gift_card,
        currency_code
    from staged_lines
)

select * from order_lines
