with products as (
    {{ latest_version(
        source('raw', 'shopify_products'),
        ['id'],
        'updated_at',
        ['_source', '_prefix', '_currency', 'id', 'variants'],
    ) }}
),

variants as (
    select
        products._source,
        products._prefix,
        products._currency,
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
        _source as source_name,
        _prefix || variant.id as variant_id,
        _prefix || cast(product_id as varchar) as product_id,
        -- What Shopify calls the only variant of a product.
        nullif(nullif(trim(variant.title), ''), 'Default Title') as variant_name,
        nullif(trim(variant.sku), '') as sku,
        variant.position,
        _prefix || variant.inventory_item_id as inventory_item_id,
        variant.price as price_amount,
        _currency as currency_code
    from variants
    -- A list may name a variant twice, or hold what is none.
    where variant.id is not null
    qualify
        row_number() over (
            partition by _source, variant.id
            order by product_id desc, variant.position desc
        ) = 1
)

select * from renamed
