-- Where the money of single orders does not add up. What such an order counts for meanwhile is said
-- beside each rule.
with orders as (
    select
        order_id,
        placed_date,
        currency_code,
        is_test,
        line_items_amount,
        shipping_amount,
        tax_amount,
        taxes_included,
        tip_amount,
        duties_amount,
        rounding_amount,
        discount_amount,
        gross_amount,
        captured_amount,
        refunded_amount,
        exchange_rate
    from {{ ref('orders') }}
),

lines as (
    select
        order_id,
        count(*) as lines_count,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount
    from {{ ref('order_lines') }}
    group by order_id
),

refunded as (
    select
        order_id,
        sum(amount) as amount
    from {{ ref('refunds') }}
    group by order_id
),

given_back as (
    select
        order_id,
        sum(amount) as amount
    from {{ ref('payments') }}
    where movement = 'refunded'
    group by order_id
),

summed as (
    select
        orders.order_id,
        orders.placed_date,
        orders.currency_code,
        orders.rounding_amount,
        orders.gross_amount
        - orders.line_items_amount
        - orders.shipping_amount
        - case when orders.taxes_included then 0 else orders.tax_amount end
        - orders.tip_amount
        - orders.duties_amount
        + orders.discount_amount as difference,
        coalesce(lines.lines_count, 0) * power(10, -coalesce(currencies.minor_units, 2))
            as tolerance
    from orders
    left join lines on orders.order_id = lines.order_id
    left join {{ ref('currencies') }} as currencies
        on orders.currency_code = currencies.currency_code
),

-- The order counts by its own total. Each line may be rounded by a minor unit; some shops have
-- the rounding of cash in the total, others not.
unlike_parts as (
    select
        'order_unlike_its_parts' as rule,
        'orders' as table_name,
        order_id as key,
        placed_date as happened_date,
        difference as amount,
        currency_code
    from summed
    where least(abs(difference), abs(difference - rounding_amount)) > tolerance
),

-- The order counts by its own total. A discount may be given on the order as a whole, so the lines
-- carry at most all of it.
unlike_lines as (
    select
        'order_unlike_its_lines' as rule,
        'orders' as table_name,
        orders.order_id as key,
        orders.placed_date as happened_date,
        orders.line_items_amount - coalesce(lines.gross_amount, 0) as amount,
        orders.currency_code
    from orders
    left join lines on orders.order_id = lines.order_id
    where
        orders.line_items_amount <> coalesce(lines.gross_amount, 0)
        or orders.discount_amount < coalesce(lines.discount_amount, 0)
),

-- What was refunded counts whole: revenue is never told too high.
over_refunded as (
    select
        'refunds_above_captures' as rule,
        'orders' as table_name,
        order_id as key,
        placed_date as happened_date,
        refunded_amount - captured_amount as amount,
        currency_code
    from orders
    where refunded_amount < 0 or (captured_amount > 0 and refunded_amount > captured_amount)
),

-- The order is in no figure of the reporting currency.
without_rate as (
    select
        'currency_without_a_rate' as rule,
        'orders' as table_name,
        order_id as key,
        placed_date as happened_date,
        gross_amount as amount,
        currency_code
    from orders
    where exchange_rate is null and not is_test
),

-- The spend is in no figure of the reporting currency.
spend_without_rate as (
    select
        'currency_without_a_rate' as rule,
        'ad_spend' as table_name,
        ad_spend_id as key,
        spend_date as happened_date,
        cost_amount as amount,
        currency_code
    from {{ ref('ad_spend') }}
    where cost_amount <> 0 and exchange_rate is null
),

-- The refund counts; the shop may deliver its movement a night later.
unlike_movements as (
    select
        'refund_unlike_its_movements' as rule,
        'orders' as table_name,
        orders.order_id as key,
        orders.placed_date as happened_date,
        coalesce(refunded.amount, 0) - coalesce(given_back.amount, 0) as amount,
        orders.currency_code
    from orders
    left join refunded on orders.order_id = refunded.order_id
    left join given_back on orders.order_id = given_back.order_id
    where
        not orders.is_test
        and coalesce(refunded.amount, 0) <> coalesce(given_back.amount, 0)
),

-- Each of the orders counts it.
paid_twice as (
    select
        'payment_of_several_orders' as rule,
        'payments' as table_name,
        min(payment_id) as key,
        min(moved_date) as happened_date,
        max(amount) as amount,
        min(currency_code) as currency_code
    from {{ ref('payments') }}
    where gateway_reference is not null and movement in ('captured', 'refunded')
    group by source_name, gateway, gateway_reference
    having count(distinct order_id) > 1
),

-- It counts at the rate of its day; without one, it is in no sum of its order.
in_another_currency as (
    select
        'movement_in_another_currency' as rule,
        case kind when 'refunded' then 'refunds' when 'disputed' then 'disputes' else 'payments' end
            as table_name,
        movement_id as key,
        moved_date as happened_date,
        moved_amount as amount,
        moved_currency_code as currency_code
    from {{ ref('order_movements') }}
    where currency_kind = 'other'
),

-- They are in no order and in no revenue: told as the sum of each account and currency, since a
-- provider that bills subscriptions has many. `core.charges` lists them: no order_id.
charges_without_order as (
    select
        'charges_without_order' as rule,
        'charges' as table_name,
        source_name || ':' || currency_code as key,
        max(charged_date) as happened_date,
        sum(captured_amount - refunded_amount) as amount,
        currency_code
    from {{ ref('charges') }}
    where order_id is null and is_live and status = 'succeeded' and captured_amount > 0
    group by
        source_name,
        currency_code
),

found as (
    select * from unlike_parts
    union all
    select * from unlike_lines
    union all
    select * from over_refunded
    union all
    select * from without_rate
    union all
    select * from spend_without_rate
    union all
    select * from unlike_movements
    union all
    select * from paid_twice
    union all
    select * from in_another_currency
    union all
    select * from charges_without_order
),

money_findings as (
    select
        rule,
        table_name,
        key,
        happened_date,
        cast(amount as decimal(18, 3)) as amount,
        currency_code
    from found
)

select * from money_findings
