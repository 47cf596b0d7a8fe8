with staged_lines as (
    select
        source_name,
        order_line_id,
        order_id,
        product_id,
        variant_id,
        sku,
        product_name,
        quantity,
        unit_amount,
        discount_amount,
        is_gift_card,
        currency_code
    from {{ ref('source_order_lines') }}
),

staged_orders as (
    select
        order_id,
        placed_at
    from {{ ref('source_orders') }}
),

products as (
    select
        source_name,
        product_id,
        product_type,
        vendor_name
    from {{ ref('products') }}
),

staged_variants as (
    {{ union_feed('variants', {
        'source_name': 'varchar',
        'variant_id': 'varchar',
        'inventory_item_id': 'varchar',
    }) }}
),

staged_costs as (
    {{ union_feed('variant_costs', {
        'source_name': 'varchar',
        'inventory_item_id': 'varchar',
        'unit_cost_amount': 'decimal(18,3)',
        'currency_code': 'varchar',
        'valid_from': 'timestamp',
        'valid_to': 'timestamp',
    }) }}
),

variant_costs as (
    select
        variants.source_name,
        variants.variant_id,
        costs.unit_cost_amount,
        costs.currency_code,
        costs.valid_from,
        costs.valid_to
    from staged_variants as variants
    inner join staged_costs as costs
        on
            variants.source_name = costs.source_name
            and variants.inventory_item_id = costs.inventory_item_id
),

exchange_rates as (
    select
        currency_code,
        rate_date,
        exchange_rate
    from {{ ref('exchange_rates') }}
),

amounts as (
    select
        staged_lines.*,
        products.product_type,
        products.vendor_name,
        staged_orders.placed_at,
        {{ local_date('staged_orders.placed_at') }} as placed_date,
        coalesce(staged_lines.quantity * staged_lines.unit_amount, 0) as gross_amount,
        coalesce(staged_lines.quantity * staged_lines.unit_amount, 0)
        - staged_lines.discount_amount as net_amount
    from staged_lines
    left join staged_orders on staged_lines.order_id = staged_orders.order_id
    left join products
        on
            staged_lines.source_name = products.source_name
            and staged_lines.product_id = products.product_id
),

-- What the goods cost on the day of the order, in the currency of the line.
line_costs as (
    select
        amounts.order_line_id,
        variant_costs.unit_cost_amount * case
            when variant_costs.currency_code = amounts.currency_code then 1
            else cost_rates.exchange_rate / nullif(line_rates.exchange_rate, 0)
        end as unit_cost_amount
    from amounts
    inner join variant_costs
        on
            amounts.source_name = variant_costs.source_name
            and amounts.variant_id = variant_costs.variant_id
    left join exchange_rates as cost_rates
        on
            variant_costs.currency_code = cost_rates.currency_code
            and amounts.placed_date = cost_rates.rate_date
    left join exchange_rates as line_rates
        on
            amounts.currency_code = line_rates.currency_code
            and amounts.placed_date = line_rates.rate_date
    where
        (
            variant_costs.valid_from is null
            or amounts.placed_at >= variant_costs.valid_from
        )
        and (
            variant_costs.valid_to is null
            or amounts.placed_at < variant_costs.valid_to
        )
),

costed as (
    select
        amounts.*,
        line_costs.unit_cost_amount
    from amounts
    left join line_costs on amounts.order_line_id = line_costs.order_line_id
),

-- A gift card costs what it was sold for: all of it is owed.
order_lines as (
    select
        order_line_id,
        order_id,
        source_name,
        product_id,
        variant_id,
        sku,
        product_name,
        product_type,
        vendor_name,
        cast(quantity as integer) as quantity,
        cast(unit_amount as decimal(18, 3)) as unit_amount,
        cast(gross_amount as decimal(18, 3)) as gross_amount,
        cast(discount_amount as decimal(18, 3)) as discount_amount,
        cast(net_amount as decimal(18, 3)) as net_amount,
        is_gift_card,
        is_gift_card or unit_cost_amount is not null as is_cost_known,
        cast(
            case
                when is_gift_card then net_amount
                when unit_cost_amount is not null then quantity * unit_cost_amount
                else net_amount * (1 - {{ gross_margin() }})
            end as decimal(18, 3)
        ) as cost_amount,
        currency_code
    from costed
)

select * from order_lines
