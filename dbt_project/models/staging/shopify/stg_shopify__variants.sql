with products as (
    {{ latest_version(
        source('raw', 'shopify_products'),
        ['id'],
        'updated_at',
        ['id', 'variants'],
    ) }}
),

variants as (
    select
        products.id as product_id,
        {{ json_records('products.variants', {
            'id': 'varchar',
            'title': 'varchar',
            'sku': 'varchar',
            'price': 'decimal(18, 3)',
            'inventory_item_id': 'varchar',
            'position': 'integer',
        }) }} as variant
    from products
),

renamed as (
    select
        'shopify' as source_name,
        variant.id as variant_id,
        cast(product_id as varchar) as product_id,
        -- What Shopify calls the only variant of a product.
        nullif(nullif(trim(variant.title), ''), 'Default Title') as variant_name,
        nullif(trim(variant.sku), '') as sku,
        variant.position,
        variant.inventory_item_id,
        variant.price as price_amount,
        {{ shop_currency() }} as currency_code
    from variants
)

select * from renamed
