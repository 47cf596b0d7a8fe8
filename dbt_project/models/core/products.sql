with staged_products as (
    {{ union_feed('products', {
        'source_name': 'varchar',
        'product_id': 'varchar',
        'product_name': 'varchar',
        'product_type': 'varchar',
        'vendor_name': 'varchar',
        'tags': 'varchar',
        'product_status': 'varchar',
        'published_at': 'timestamp',
        'created_at': 'timestamp',
        'updated_at': 'timestamp',
    }) }}
),

staged_variants as (
    {{ union_feed('variants', {
        'source_name': 'varchar',
        'product_id': 'varchar',
        'price_amount': 'decimal(18,3)',
        'currency_code': 'varchar',
    }) }}
),

variants as (
    select
        source_name,
        product_id,
        count(*) as variants_count,
        min(price_amount) as lowest_price_amount,
        max(price_amount) as highest_price_amount,
        max(currency_code) as currency_code
    from staged_variants
    group by source_name, product_id
),

products as (
    select
        staged_products.product_id,
        staged_products.source_name,
        staged_products.product_name,
        staged_products.product_type,
        staged_products.vendor_name,
        staged_products.tags,
        staged_products.product_status,
        cast(coalesce(variants.variants_count, 0) as integer) as variants_count,
        cast(variants.lowest_price_amount as decimal(18, 3)) as lowest_price_amount,
        cast(variants.highest_price_amount as decimal(18, 3)) as highest_price_amount,
        variants.currency_code,
        staged_products.published_at,
        staged_products.created_at,
        staged_products.updated_at
    from staged_products
    left join variants
        on
            staged_products.source_name = variants.source_name
            and staged_products.product_id = variants.product_id
)

select * from products
