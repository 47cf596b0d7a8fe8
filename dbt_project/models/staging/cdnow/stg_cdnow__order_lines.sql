-- The file gives one sum for all discs of a purchase: one line holds it, since a price per disc
-- would have to be made up.
with latest as (
    {{ latest_version(source('raw', 'cdnow_purchases'), ['purchase_id']) }}
),

order_lines as (
    select
        _source as source_name,
        _source || ':' || purchase_id as order_line_id,
        _source || ':' || purchase_id as order_id,
        'compact_discs' as product_id,
        cast(null as varchar) as variant_id,
        cast(null as varchar) as sku,
        discs || ' compact discs' as product_name,
        cast(1 as integer) as quantity,
        cast(dollars as decimal(18, 3)) as unit_amount,
        cast(0 as decimal(18, 3)) as discount_amount,
        false as is_gift_card,
        'USD' as currency_code
    from latest
)

select * from order_lines
