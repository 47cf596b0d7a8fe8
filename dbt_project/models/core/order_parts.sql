-- What each order's total is for, and how much of each part the shop kept. Money that was collected
-- is shared over the parts in proportion; a refund takes what it states from the parts that it
-- states. Each share is rounded to the currency's minor unit; the largest part takes what is left.
with staged_orders as (
    select
        order_id,
        currency_code,
        gross_amount,
        line_items_amount,
        discount_amount,
        shipping_amount,
        tax_amount,
        coalesce(taxes_included, false) as taxes_included,
        coalesce(shipping_discount_amount, 0) as shipping_discount_amount,
        coalesce(tip_amount, 0) as tip_amount,
        coalesce(duties_amount, 0) as duties_amount
    from {{ ref('source_orders') }}
),

gift_cards as (
    select
        order_id,
        sum(net_amount) as sold_amount
    from {{ ref('order_lines') }}
    where is_gift_card
    group by order_id
),

money as (
    select
        order_id,
        collected_amount
    from {{ ref('order_money') }}
),

returns as (
    select
        order_id,
        goods_amount,
        shipping_amount,
        tax_amount,
        goods_amount + shipping_amount + tax_amount as stated_amount
    from {{ ref('order_returns') }}
),

currencies as (
    select
        currency_code,
        minor_units
    from {{ ref('currencies') }}
),

-- A tax that stands inside of prices is in shipping as it is in the whole; gift cards hold none.
orders as (
    select
        staged_orders.order_id,
        staged_orders.gross_amount,
        staged_orders.tax_amount,
        staged_orders.tip_amount,
        staged_orders.duties_amount,
        coalesce(gift_cards.sold_amount, 0) as gift_cards_amount,
        (staged_orders.shipping_amount - staged_orders.shipping_discount_amount)
        * case
            when not staged_orders.taxes_included then 1
            else 1 - coalesce(
                staged_orders.tax_amount / nullif(
                    staged_orders.line_items_amount
                    + staged_orders.shipping_amount
                    - staged_orders.discount_amount
                    - coalesce(gift_cards.sold_amount, 0), 0
                ), 0
            )
        end as shipping_amount,
        coalesce(currencies.minor_units, 2) as minor_units,
        money.collected_amount,
        cast(
            money.collected_amount + coalesce(returns.stated_amount, 0) as decimal(18, 3)
        ) as shared_amount,
        coalesce(returns.goods_amount, 0) as returned_goods_amount,
        coalesce(returns.shipping_amount, 0) as returned_shipping_amount,
        coalesce(returns.tax_amount, 0) as returned_tax_amount
    from staged_orders
    inner join money on staged_orders.order_id = money.order_id
    left join gift_cards on staged_orders.order_id = gift_cards.order_id
    left join returns on staged_orders.order_id = returns.order_id
    left join currencies on staged_orders.currency_code = currencies.currency_code
),

rounded as (
    select
        *,
        cast({{ round_money('shipping_amount', 'minor_units') }} as decimal(18, 3))
            as shipping_part
    from orders
),

-- Goods are what is left of the total: whatever the parts do not explain is theirs.
parts as (
    select
        order_id,
        'goods' as part,
        cast(
            gross_amount - shipping_part - tax_amount - tip_amount - duties_amount
            - gift_cards_amount as decimal(18, 3)
        ) as amount,
        returned_goods_amount as returned_amount
    from rounded
    union all
    select
        order_id,
        'shipping' as part,
        shipping_part as amount,
        returned_shipping_amount as returned_amount
    from rounded
    union all
    select
        order_id,
        'tax' as part,
        tax_amount as amount,
        returned_tax_amount as returned_amount
    from rounded
    union all
    select
        order_id,
        'tip' as part,
        cast(tip_amount as decimal(18, 3)) as amount,
        0 as returned_amount
    from rounded
    union all
    select
        order_id,
        'duties' as part,
        cast(duties_amount as decimal(18, 3)) as amount,
        0 as returned_amount
    from rounded
    union all
    select
        order_id,
        'gift_cards' as part,
        cast(gift_cards_amount as decimal(18, 3)) as amount,
        0 as returned_amount
    from rounded
),

-- A total of nothing cannot be shared: all that was collected is for goods.
shared as (
    select
        parts.*,
        rounded.minor_units,
        rounded.collected_amount,
        case
            when rounded.gross_amount <> 0
                then
                    parts.amount * rounded.shared_amount / rounded.gross_amount
                    - parts.returned_amount
            when parts.part = 'goods' then rounded.collected_amount
            else 0
        end as kept_amount,
        row_number() over (
            partition by parts.order_id order by abs(parts.amount) desc, parts.part asc
        ) as size_rank
    from parts
    inner join rounded on parts.order_id = rounded.order_id
    where parts.part = 'goods' or parts.amount <> 0 or parts.returned_amount <> 0
),

in_minor_units as (
    select
        *,
        {{ round_money('kept_amount', 'minor_units') }} as kept_rounded
    from shared
),

order_parts as (
    select
        order_id,
        part,
        cast(amount as decimal(18, 3)) as amount,
        cast(
            case
                when size_rank = 1
                    then
                        collected_amount
                        - sum(kept_rounded) over (partition by order_id)
                        + kept_rounded
                else kept_rounded
            end as decimal(18, 3)
        ) as kept_amount
    from in_minor_units
)

select * from order_parts
