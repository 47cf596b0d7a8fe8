with staged_checkouts as (
    {{ union_feed('checkouts', {
        'source_name': 'varchar',
        'checkout_id': 'varchar',
        'record_id': 'varchar',
        'checkout_token': 'varchar',
        'currency_code': 'varchar',
        'total_amount': 'decimal(18,3)',
        'recovery_url': 'varchar',
        'created_at': 'timestamp',
        'updated_at': 'timestamp',
        'completed_at': 'timestamp',
    }) }}
),

identity_map as (
    select
        record_id,
        customer_id
    from {{ ref('identity_map') }}
),

-- Several orders can name one checkout when the shop splits it: the first one completed
-- it.
completing_orders as (
    select
        source_name,
        checkout_token,
        min(placed_at) as placed_at
    from {{ ref('orders') }}
    where checkout_token is not null and not is_test
    group by source_name, checkout_token
),

checkouts as (
    select
        staged_checkouts.checkout_id,
        identity_map.customer_id,
        staged_checkouts.checkout_token,
        staged_checkouts.currency_code,
        cast(staged_checkouts.total_amount as decimal(18, 3)) as total_amount,
        staged_checkouts.recovery_url,
        staged_checkouts.created_at as started_at,
        staged_checkouts.updated_at as last_active_at,
        coalesce(
            staged_checkouts.completed_at, completing_orders.placed_at
        ) as completed_at,
        coalesce(
            staged_checkouts.completed_at, completing_orders.placed_at
        ) is not null as is_completed
    from staged_checkouts
    left join identity_map on staged_checkouts.record_id = identity_map.record_id
    left join completing_orders
        on
            staged_checkouts.source_name = completing_orders.source_name
            and staged_checkouts.checkout_token = completing_orders.checkout_token
)

select * from checkouts
