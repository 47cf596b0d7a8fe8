-- What each order was worth by the first definition of revenue, and which part of the difference is
-- what. By the first, revenue was what was captured less refunds and disputes, with tax, tips and
-- duties in it; gift cards were no money when they were spent. It stays as long as homes have
-- figures of it in their histories: see dbt_project/DECISIONS.md.
with orders as (
    select
        order_id,
        placed_date,
        currency_code,
        is_test,
        gross_amount,
        cancelled_at,
        disputed_amount,
        tax_kept,
        exchange_rate,
        net_revenue
    from {{ ref('orders') }}
),

kept_parts as (
    select
        order_id,
        coalesce(sum(kept_amount) filter (where part = 'tip'), 0) as tip_amount,
        coalesce(sum(kept_amount) filter (where part = 'duties'), 0) as duties_amount,
        coalesce(sum(kept_amount) filter (where part = 'gift_cards'), 0) as gift_cards_amount
    from {{ ref('order_parts') }}
    group by order_id
),

payments as (
    select
        order_id,
        movement,
        coalesce(gateway, '') = 'gift_card' as is_gift_card,
        amount,
        currency_code
    from {{ ref('payments') }}
),

-- Store credit was money by the first definition; change was none.
paid as (
    select
        payments.order_id,
        coalesce(sum(payments.amount) filter (
            where payments.movement = 'captured' and not payments.is_gift_card
        ), 0) as captured_amount,
        coalesce(sum(payments.amount) filter (
            where payments.movement = 'captured' and payments.is_gift_card
        ), 0) as redeemed_amount,
        coalesce(sum(payments.amount) filter (
            where payments.movement = 'refunded' and payments.is_gift_card
        ), 0) as restored_amount,
        coalesce(sum(payments.amount) filter (where payments.movement = 'change_given'), 0)
            as change_amount
    from payments
    inner join orders
        on payments.order_id = orders.order_id and payments.currency_code = orders.currency_code
    group by payments.order_id
),

refunded as (
    select
        refunds.order_id,
        sum(refunds.amount) as amount
    from {{ ref('refunds') }} as refunds
    inner join orders
        on refunds.order_id = orders.order_id and refunds.currency_code = orders.currency_code
    group by refunds.order_id
),

-- Money in another currency than the order's was in no sum.
abroad as (
    select
        order_id,
        sum(case when kind = 'captured' then amount else -amount end) as amount
    from {{ ref('order_movements') }}
    where currency_kind <> 'same' and kind <> 'disputed'
    group by order_id
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
    where is_live and charge_id is not null
    group by
        charge_id,
        currency_code
),

-- Of charges that name their order themselves.
charged_back as (
    select
        staged_charges.order_id,
        charges.currency_code,
        sum(
            case
                when disputes.currency_code = charges.currency_code then disputes.lost_amount
                when disputes.lost_amount > 0 or disputes.charge_id is null and charges.is_disputed
                    then charges.captured_amount - charges.refunded_amount
                else 0
            end
        ) as amount
    from {{ ref('charges') }} as charges
    inner join {{ ref('stg_stripe__charges') }} as staged_charges
        on charges.charge_id = staged_charges.charge_id
    left join disputes on charges.charge_id = disputes.charge_id
    where charges.is_live and staged_charges.order_id is not null
    group by
        staged_charges.order_id,
        charges.currency_code
),

joined as (
    select
        orders.*,
        coalesce(kept_parts.tip_amount, 0) as tip_amount,
        coalesce(kept_parts.duties_amount, 0) as duties_amount,
        coalesce(kept_parts.gift_cards_amount, 0) as gift_cards_amount,
        coalesce(paid.captured_amount, 0) as captured_amount,
        coalesce(paid.redeemed_amount, 0) as redeemed_amount,
        coalesce(paid.restored_amount, 0) as restored_amount,
        coalesce(paid.change_amount, 0) as change_amount,
        coalesce(paid.captured_amount, 0)
        - coalesce(refunded.amount, 0)
        + coalesce(paid.restored_amount, 0) as first_net_amount,
        coalesce(abroad.amount, 0) as abroad_amount,
        coalesce(gift_cards.sold_amount, 0) as sold_amount,
        coalesce(charged_back.amount, 0) as charged_back_amount
    from orders
    left join kept_parts on orders.order_id = kept_parts.order_id
    left join paid on orders.order_id = paid.order_id
    left join refunded on orders.order_id = refunded.order_id
    left join abroad on orders.order_id = abroad.order_id
    left join gift_cards on orders.order_id = gift_cards.order_id
    left join charged_back
        on
            orders.order_id = charged_back.order_id
            and orders.currency_code = charged_back.currency_code
),

owed as (
    select
        *,
        greatest(least(first_net_amount, sold_amount - redeemed_amount), 0) as first_liability
    from joined
),

disputed as (
    select
        *,
        greatest(least(charged_back_amount, first_net_amount - first_liability), 0)
            as first_disputed_amount,
        not is_test and exchange_rate is not null and (
            captured_amount > 0 or (gross_amount = 0 and cancelled_at is null)
        ) as was_revenue
    from owed
),

-- An order without a rate is in no figure by either definition.
converted as (
    select
        order_id,
        placed_date,
        cast(
            case
                when was_revenue
                    then
                        (first_net_amount - first_liability - first_disputed_amount)
                        * exchange_rate
                else 0
            end as decimal(18, 2)
        ) as first_revenue,
        cast(
            (redeemed_amount - restored_amount) * exchange_rate as decimal(18, 2)
        ) as gift_cards_spent,
        cast(-change_amount * exchange_rate as decimal(18, 2)) as change_given,
        cast(abroad_amount * exchange_rate as decimal(18, 2)) as other_currencies,
        cast(
            (first_disputed_amount - disputed_amount) * exchange_rate as decimal(18, 2)
        ) as disputes,
        cast(
            (first_liability - gift_cards_amount) * exchange_rate as decimal(18, 2)
        ) as gift_cards_sold,
        cast(-tax_kept * exchange_rate as decimal(18, 2)) as tax,
        cast(-tip_amount * exchange_rate as decimal(18, 2)) as tips,
        cast(-duties_amount * exchange_rate as decimal(18, 2)) as duties,
        net_revenue
    from disputed
    where exchange_rate is not null and not is_test
),

definition_differences as (
    select
        *,
        cast(
            net_revenue - first_revenue - gift_cards_spent - change_given - other_currencies
            - disputes - gift_cards_sold - tax - tips - duties as decimal(18, 2)
        ) as rest
    from converted
)

select * from definition_differences
