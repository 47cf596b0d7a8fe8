-- The one definition of revenue: `net_revenue`. Every figure of money further down adds it up,
-- and counts orders where `is_purchase`.
with staged_orders as (
    select
        source_name,
        order_id,
        record_id,
        order_number,
        placed_at,
        updated_at,
        currency_code,
        line_items_amount,
        discount_amount,
        shipping_amount,
        tax_amount,
        coalesce(taxes_included, false) as taxes_included,
        coalesce(tip_amount, 0) as tip_amount,
        coalesce(duties_amount, 0) as duties_amount,
        coalesce(rounding_amount, 0) as rounding_amount,
        gross_amount,
        financial_status,
        is_test,
        cancelled_at,
        checkout_token,
        landing_url,
        referrer_url,
        {{ local_date('placed_at') }} as placed_date
    from {{ ref('source_orders') }}
),

order_money as (
    select
        order_id,
        captured_amount,
        refunded_amount,
        disputed_amount,
        collected_amount
    from {{ ref('order_money') }}
),

kept_parts as (
    select
        order_id,
        coalesce(sum(amount) filter (where part = 'gift_cards'), 0) as gift_card_sold_amount,
        coalesce(sum(amount) filter (where part in ('goods', 'shipping')), 0)
            as earnings_amount,
        coalesce(sum(kept_amount) filter (where part = 'goods'), 0) as goods_amount,
        coalesce(sum(kept_amount) filter (where part = 'shipping'), 0) as shipping_amount,
        coalesce(sum(kept_amount) filter (where part = 'tax'), 0) as tax_kept
    from {{ ref('order_parts') }}
    group by order_id
),

returns as (
    select
        order_id,
        unpaid_amount
    from {{ ref('order_returns') }}
),

order_margins as (
    select
        order_id,
        is_cost_known,
        goods_margin_share
    from {{ ref('order_margins') }}
),

identity_map as (
    select
        record_id,
        customer_id
    from {{ ref('identity_map') }}
),

exchange_rates as (
    select
        currency_code,
        rate_date,
        exchange_rate
    from {{ ref('exchange_rates') }}
),

-- An order in a currency without a rate is in no figure of the reporting currency: see
-- core.findings.
valued as (
    select
        staged_orders.*,
        identity_map.customer_id,
        exchange_rates.exchange_rate,
        order_money.captured_amount,
        order_money.refunded_amount,
        order_money.disputed_amount,
        order_money.collected_amount,
        kept_parts.gift_card_sold_amount,
        kept_parts.tax_kept,
        kept_parts.goods_amount,
        kept_parts.shipping_amount as kept_shipping_amount,
        kept_parts.goods_amount + kept_parts.shipping_amount as net_revenue_amount,
        case
            when staged_orders.gross_amount = 0 then order_money.captured_amount
            else
                order_money.captured_amount
                * kept_parts.earnings_amount / staged_orders.gross_amount
        end as earned_amount,
        order_margins.is_cost_known,
        order_margins.goods_margin_share,
        not staged_orders.is_test and (
            order_money.captured_amount > 0
            or (
                staged_orders.cancelled_at is null
                and coalesce(staged_orders.financial_status, '') <> 'voided'
            )
        ) as is_placed,
        staged_orders.gross_amount
        - order_money.captured_amount
        - coalesce(returns.unpaid_amount, 0) as unpaid_amount
    from staged_orders
    inner join order_money on staged_orders.order_id = order_money.order_id
    inner join kept_parts on staged_orders.order_id = kept_parts.order_id
    inner join order_margins on staged_orders.order_id = order_margins.order_id
    left join returns on staged_orders.order_id = returns.order_id
    left join identity_map on staged_orders.record_id = identity_map.record_id
    left join exchange_rates
        on
            staged_orders.currency_code = exchange_rates.currency_code
            and staged_orders.placed_date = exchange_rates.rate_date
),

converted as (
    select
        *,
        cast(net_revenue_amount * exchange_rate as decimal(18, 2)) as net_revenue,
        cast((earned_amount - net_revenue_amount) * exchange_rate as decimal(18, 2))
            as refunded_revenue,
        cast(
            (
                goods_amount * goods_margin_share
                + kept_shipping_amount * {{ shipping_margin() }}
            ) * exchange_rate as decimal(18, 2)
        ) as margin
    from valued
),

orders as (
    select
        order_id,
        customer_id,
        source_name,
        order_number,
        placed_at,
        placed_date,
        updated_at,
        cancelled_at,
        financial_status,
        is_test,
        is_placed,
        coalesce(net_revenue > 0, false) as is_purchase,
        checkout_token,
        landing_url,
        referrer_url,
        currency_code,
        line_items_amount,
        discount_amount,
        shipping_amount,
        taxes_included,
        tax_amount,
        cast(tip_amount as decimal(18, 3)) as tip_amount,
        cast(duties_amount as decimal(18, 3)) as duties_amount,
        cast(rounding_amount as decimal(18, 3)) as rounding_amount,
        cast(gift_card_sold_amount as decimal(18, 3)) as gift_card_sold_amount,
        gross_amount,
        captured_amount,
        refunded_amount,
        disputed_amount,
        collected_amount,
        cast(tax_kept as decimal(18, 3)) as tax_kept,
        cast(net_revenue_amount as decimal(18, 3)) as net_revenue_amount,
        -- What cash is rounded by is owed by nobody.
        cast(
            case
                when is_placed and cancelled_at is null and unpaid_amount > abs(rounding_amount)
                    then unpaid_amount
                else 0
            end as decimal(18, 3)
        ) as outstanding_amount,
        exchange_rate,
        is_cost_known,
        goods_margin_share,
        refunded_revenue,
        net_revenue,
        margin
    from converted
)

select * from orders
