-- The one definition of revenue: `net_revenue` where `is_revenue`. Every figure of
-- money further down adds it up.
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
        gross_amount,
        financial_status,
        is_test,
        cancelled_at,
        checkout_token,
        landing_url,
        referrer_url
    from {{ ref('source_orders') }}
),

order_money as (
    select
        order_id,
        captured_amount,
        refunded_amount,
        net_amount,
        gift_card_redeemed_amount,
        gift_card_sold_amount,
        gift_card_liability_amount,
        disputed_amount
    from {{ ref('order_money') }}
),

order_margins as (
    select
        order_id,
        is_cost_known,
        margin_share
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

dated as (
    select
        *,
        {{ local_date('placed_at') }} as placed_date
    from staged_orders
),

-- An order that costs nothing is a purchase too; one of which nothing was ever captured
-- is not (yet), nor is one in a currency without a rate: see core.findings.
valued as (
    select
        dated.*,
        identity_map.customer_id,
        exchange_rates.exchange_rate,
        order_money.captured_amount,
        order_money.refunded_amount,
        order_money.net_amount,
        order_money.gift_card_redeemed_amount,
        order_money.gift_card_sold_amount,
        order_money.gift_card_liability_amount,
        order_money.disputed_amount,
        order_margins.is_cost_known,
        order_margins.margin_share,
        order_money.net_amount
        - order_money.gift_card_liability_amount
        - order_money.disputed_amount as revenue_amount,
        not dated.is_test and exchange_rates.exchange_rate is not null and (
            order_money.captured_amount > 0
            or (dated.gross_amount = 0 and dated.cancelled_at is null)
        ) as is_revenue
    from dated
    inner join order_money on dated.order_id = order_money.order_id
    inner join order_margins on dated.order_id = order_margins.order_id
    left join identity_map on dated.record_id = identity_map.record_id
    left join exchange_rates
        on
            dated.currency_code = exchange_rates.currency_code
            and dated.placed_date = exchange_rates.rate_date
),

converted as (
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
        checkout_token,
        landing_url,
        referrer_url,
        currency_code,
        line_items_amount,
        discount_amount,
        shipping_amount,
        tax_amount,
        gross_amount,
        captured_amount,
        refunded_amount,
        net_amount,
        gift_card_redeemed_amount,
        gift_card_sold_amount,
        gift_card_liability_amount,
        disputed_amount,
        cast(revenue_amount as decimal(18, 3)) as revenue_amount,
        exchange_rate,
        is_revenue,
        is_cost_known,
        margin_share,
        case
            when not is_revenue then 0
            else cast(refunded_amount * exchange_rate as decimal(18, 2))
        end as refunded_revenue,
        case
            when not is_revenue then 0
            else cast(revenue_amount * exchange_rate as decimal(18, 2))
        end as net_revenue
    from valued
),

orders as (
    select
        *,
        cast(net_revenue * margin_share as decimal(18, 2)) as margin
    from converted
)

select * from orders
