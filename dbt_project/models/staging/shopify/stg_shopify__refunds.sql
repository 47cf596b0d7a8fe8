with latest as (
    {{ latest_version(source('raw', 'shopify_refunds'), ['id']) }}
),

movements as (
    select
        _source,
        id as shopify_refund_id,
        {{ json_records('transactions', {
            'kind': 'varchar',
            'status': 'varchar',
            'amount': 'decimal(18, 3)',
            'currency': 'varchar',
        }) }} as movement
    from latest
),

amounts as (
    select
        _source,
        shopify_refund_id,
        sum(movement.amount) as amount,
        max(upper(trim(movement.currency))) as currency_code
    from movements
    where movement.kind = 'refund' and movement.status = 'success'
    group by _source, shopify_refund_id
),

lines as (
    select
        _source,
        id as shopify_refund_id,
        {{ json_records('refund_line_items', {
            'subtotal': 'decimal(18, 3)',
            'total_tax': 'decimal(18, 3)',
        }) }} as line
    from latest
),

adjustments as (
    select
        _source,
        id as shopify_refund_id,
        {{ json_records('order_adjustments', {
            'kind': 'varchar',
            'amount': 'decimal(18, 3)',
            'tax_amount': 'decimal(18, 3)',
        }) }} as adjustment
    from latest
),

stated_lines as (
    select
        _source,
        shopify_refund_id,
        sum(line.subtotal) as subtotal,
        sum(line.total_tax) as tax_amount
    from lines
    group by _source, shopify_refund_id
),

-- Shopify gives what goes back as an amount below zero.
stated_shipping as (
    select
        _source,
        shopify_refund_id,
        sum(abs(adjustment.amount)) as shipping_amount,
        sum(abs(adjustment.tax_amount)) as tax_amount
    from adjustments
    where adjustment.kind = 'shipping_refund'
    group by _source, shopify_refund_id
),

shopify_orders as (
    select
        order_id,
        taxes_included
    from {{ ref('stg_shopify__orders') }}
),

refunds as (
    select
        latest._source as source_name,
        latest._source || ':' || latest.id as refund_id,
        latest._source || ':' || latest.order_id as order_id,
        cast(coalesce(amounts.amount, 0) as decimal(18, 3)) as amount,
        amounts.currency_code,
        latest.created_at as refunded_at,
        cast(
            coalesce(stated_lines.subtotal, 0)
            - case
                when shopify_orders.taxes_included then coalesce(stated_lines.tax_amount, 0)
                else 0
            end as decimal(18, 3)
        ) as goods_amount,
        cast(coalesce(stated_shipping.shipping_amount, 0) as decimal(18, 3))
            as shipping_amount,
        cast(
            coalesce(stated_lines.tax_amount, 0) + coalesce(stated_shipping.tax_amount, 0)
            as decimal(18, 3)
        ) as tax_amount
    from latest
    left join amounts
        on
            latest._source = amounts._source
            and latest.id = amounts.shopify_refund_id
    left join stated_lines
        on
            latest._source = stated_lines._source
            and latest.id = stated_lines.shopify_refund_id
    left join stated_shipping
        on
            latest._source = stated_shipping._source
            and latest.id = stated_shipping.shopify_refund_id
    left join shopify_orders
        on latest._source || ':' || latest.order_id = shopify_orders.order_id
)

select * from refunds
