-- Every order of every source, as its shop tells it, and charges that are orders. What makes one a
-- purchase is decided in `orders`.
with told as (
    {{ union_feed('orders', {
        'source_name': 'varchar',
        'order_id': 'varchar',
        'record_id': 'varchar',
        'order_number': 'varchar',
        'placed_at': 'timestamp',
        'updated_at': 'timestamp',
        'currency_code': 'varchar',
        'line_items_amount': 'decimal(18,3)',
        'discount_amount': 'decimal(18,3)',
        'shipping_amount': 'decimal(18,3)',
        'tax_amount': 'decimal(18,3)',
        'gross_amount': 'decimal(18,3)',
        'financial_status': 'varchar',
        'is_test': 'boolean',
        'cancelled_at': 'timestamp',
        'checkout_token': 'varchar',
        'landing_url': 'varchar',
        'referrer_url': 'varchar',
    }, optional={
        'taxes_included': 'boolean',
        'shipping_discount_amount': 'decimal(18,3)',
        'tip_amount': 'decimal(18,3)',
        'duties_amount': 'decimal(18,3)',
        'rounding_amount': 'decimal(18,3)',
        'presentment_currency_code': 'varchar',
        'presentment_amount': 'decimal(18,3)',
    }) }}
),

source_orders as (
    select * from told
    union all
    select
        source_name,
        order_id,
        record_id,
        order_number,
        placed_at,
        placed_at as updated_at,
        currency_code,
        gross_amount as line_items_amount,
        cast(0 as decimal(18, 3)) as discount_amount,
        cast(0 as decimal(18, 3)) as shipping_amount,
        cast(0 as decimal(18, 3)) as tax_amount,
        gross_amount,
        financial_status,
        false as is_test,
        cast(null as timestamp) as cancelled_at,
        cast(null as varchar) as checkout_token,
        cast(null as varchar) as landing_url,
        cast(null as varchar) as referrer_url,
        cast(null as boolean) as taxes_included,
        cast(null as decimal(18, 3)) as shipping_discount_amount,
        cast(null as decimal(18, 3)) as tip_amount,
        cast(null as decimal(18, 3)) as duties_amount,
        cast(null as decimal(18, 3)) as rounding_amount,
        cast(null as varchar) as presentment_currency_code,
        cast(null as decimal(18, 3)) as presentment_amount
    from {{ ref('charge_orders') }}
)

select * from source_orders
