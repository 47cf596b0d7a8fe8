with latest as (
    {{ latest_version(source('raw', 'shopify_products'), ['id'], 'updated_at') }}
),

products as (
    select
        _source as source_name,
        _prefix || cast(id as varchar) as product_id,
        nullif(trim(title), '') as product_name,
        nullif(trim(product_type), '') as product_type,
        nullif(trim(vendor), '') as vendor_name,
        nullif(trim(tags), '') as tags,
        lower(trim(status)) as product_status,
        published_at,
        created_at,
        updated_at
    from latest
)

select * from products
