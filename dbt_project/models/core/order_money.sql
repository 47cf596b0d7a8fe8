with staged_orders as (
    select
        order_id,
        currency_code
    from {{ ref('source_orders') }}
),

-- Money in another currency than the order's is in no sum: see core.findings.
order_payments as (
    select
        order_id,
        currency_code,
        sum(amount) filter (where movement = 'captured') as captured_amount,
        sum(amount) filter (where movement = 'gift_card_redeemed') as redeemed_amount,
        sum(amount) filter (where movement = 'gift_card_restored') as restored_amount
    from {{ ref('payments') }}
    group by order_id, currency_code
),

order_refunds as (
    select
        order_id,
        currency_code,
        sum(amount) as refunded_amount
    from {{ ref('refunds') }}
    group by order_id, currency_code
),

gift_cards as (
    select
        order_id,
        sum(net_amount) as sold_amount
    from {{ ref('order_lines') }}
    where is_gift_card
    group by order_id
),

disputes as (
    select
        charge_id,
        currency_code,
        sum(lost_amount) as lost_amount
    from {{ ref('disputes') }}
    where is_live
    group by charge_id, currency_code
),

-- A charge that is only flagged, with no dispute delivered, counts as lost whole; so does
-- one that is lost in another currency than it was made in.
charged_back as (
    select
        charges.order_id,
        charges.currency_code,
        sum(
            case
                when disputes.currency_code = charges.currency_code
                    then disputes.lost_amount
                when disputes.lost_amount > 0
                    then charges.captured_amount - charges.refunded_amount
                when disputes.charge_id is null and charges.is_disputed
                    then charges.captured_amount - charges.refunded_amount
                else 0
            end
        ) as charged_back_amount
    from {{ ref('charges') }} as charges
    left join disputes on charges.charge_id = disputes.charge_id
    where charges.is_live and charges.order_id is not null
    group by charges.order_id, charges.currency_code
),

joined as (
    select
        staged_orders.order_id,
        coalesce(order_payments.captured_amount, 0) as captured_amount,
        coalesce(order_refunds.refunded_amount, 0)
        - coalesce(order_payments.restored_amount, 0) as refunded_amount,
        coalesce(order_payments.redeemed_amount, 0) as gift_card_redeemed_amount,
        coalesce(gift_cards.sold_amount, 0) as gift_card_sold_amount,
        coalesce(charged_back.charged_back_amount, 0) as charged_back_amount
    from staged_orders
    left join order_payments
        on
            staged_orders.order_id = order_payments.order_id
            and staged_orders.currency_code = order_payments.currency_code
    left join order_refunds
        on
            staged_orders.order_id = order_refunds.order_id
            and staged_orders.currency_code = order_refunds.currency_code
    left join gift_cards on staged_orders.order_id = gift_cards.order_id
    left join charged_back
        on
            staged_orders.order_id = charged_back.order_id
            and staged_orders.currency_code = charged_back.currency_code
),

-- A gift card bought with gift cards only moves a debt that exists already: credit pays
-- for the cards first. Which line a refund was for is not known: what money is left is
-- held to be the card's, so that revenue is never told too high.
owed as (
    select
        *,
        captured_amount - refunded_amount as net_amount,
        greatest(
            least(
                captured_amount - refunded_amount,
                gift_card_sold_amount - gift_card_redeemed_amount
            ),
            0
        ) as gift_card_liability_amount
    from joined
),

-- A disputed charge may have been refunded by the shop as well: what is gone cannot be
-- lost twice.
order_money as (
    select
        order_id,
        cast(captured_amount as decimal(18, 3)) as captured_amount,
        cast(refunded_amount as decimal(18, 3)) as refunded_amount,
        cast(net_amount as decimal(18, 3)) as net_amount,
        cast(gift_card_redeemed_amount as decimal(18, 3)) as gift_card_redeemed_amount,
        cast(gift_card_sold_amount as decimal(18, 3)) as gift_card_sold_amount,
        cast(
            gift_card_liability_amount as decimal(18, 3)
        ) as gift_card_liability_amount,
        cast(
            greatest(
                least(charged_back_amount, net_amount - gift_card_liability_amount), 0
            ) as decimal(18, 3)
        ) as disputed_amount
    from owed
)

select * from order_money
