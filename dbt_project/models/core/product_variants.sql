with staged_variants as (
    {{ union_feed('variants', {
        'source_name': 'varchar',
        'variant_id': 'varchar',
        'product_id': 'varchar',
        'variant_name': 'varchar',
        'sku': 'varchar',
        'inventory_item_id': 'varchar',
        'price_amount': 'decimal(18,3)',
        'currency_code': 'varchar',
    }) }}
),

staged_costs as (
    {{ union_feed('variant_costs', {
        'source_name': 'varchar',
        'inventory_item_id': 'varchar',
        'unit_cost_amount': 'decimal(18,3)',
        'valid_to': 'timestamp',
    }) }}
),

current_costs as (
    select
        source_name,
        inventory_item_id,
        unit_cost_amount
    from staged_costs
    where valid_to is null
),

product_variants as (
    select
        staged_variants.variant_id,
        staged_variants.product_id,
        staged_variants.source_name,
        staged_variants.variant_name,
        staged_variants.sku,
        cast(staged_variants.price_amount as decimal(18, 3)) as price_amount,
        cast(current_costs.unit_cost_amount as decimal(18, 3)) as unit_cost_amount,
        staged_variants.currency_code
    from staged_variants
    left join current_costs
        on
            staged_variants.source_name = current_costs.source_name
            and staged_variants.inventory_item_id = current_costs.inventory_item_id
)

select * from product_variants
