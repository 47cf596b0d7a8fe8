with orders as (
    {{ latest_version(
        source('raw', 'corner_orders'),
        ['id'],
        'changed_at',
        ['_source', '_prefix', 'id', 'currency', 'lines'],
    ) }}
),

lines as (
    select
        orders._source,
        orders._prefix,
        orders.id as corner_order_id,
        orders.currency,
        {{ json_records('orders.lines', {
            'line': 'integer',
            'article': 'varchar',
            'name': 'varchar',
            'units': 'integer',
            'price': 'decimal(18, 3)',
        }) }} as line
    from orders
),

order_lines as (
    select
        _source as source_name,
        _source || ':' || corner_order_id || '-' || line.line as order_line_id,
        _source || ':' || corner_order_id as order_id,
        _prefix || line.article as product_id,
        cast(null as varchar) as variant_id,
        line.article as sku,
        line.name as product_name,
        line.units as quantity,
        line.price as unit_amount,
        cast(0 as decimal(18, 3)) as discount_amount,
        false as is_gift_card,
        upper(trim(currency)) as currency_code
    from lines
)

select * from order_lines
