-- What a payment provider took and gave back on charges that are orders of their own.
with charges as (
    select
        charge_id,
        order_id,
        currency_code,
        captured_amount,
        refunded_amount,
        charged_date
    from {{ ref('charges') }}
    where is_order
),

-- A refund whose currency is not known has no amount: it is a finding, and in no sum.
refunds as (
    select
        charge_refund_id,
        charge_id,
        amount,
        currency_code,
        refunded_date
    from {{ ref('charge_refunds') }}
    where is_counted and amount <> 0
),

-- The charge tells what was given back as well, without a day: what no refund stands for counts on
-- the day of the charge.
refunded as (
    select
        charge_id,
        sum(amount) as amount
    from refunds
    group by charge_id
),

movements as (
    select
        charge_id as movement_id,
        order_id,
        'captured' as kind,
        captured_amount as amount,
        currency_code,
        charged_date as moved_date
    from charges
    union all
    select
        refunds.charge_refund_id as movement_id,
        charges.order_id,
        'refunded' as kind,
        refunds.amount,
        refunds.currency_code,
        refunds.refunded_date as moved_date
    from refunds
    inner join charges on refunds.charge_id = charges.charge_id
    union all
    select
        charges.charge_id as movement_id,
        charges.order_id,
        'refunded' as kind,
        charges.refunded_amount - coalesce(refunded.amount, 0) as amount,
        charges.currency_code,
        charges.charged_date as moved_date
    from charges
    left join refunded on charges.charge_id = refunded.charge_id
    where charges.refunded_amount > coalesce(refunded.amount, 0)
),

charge_movements as (
    select
        movement_id,
        order_id,
        kind,
        cast(amount as decimal(18, 3)) as amount,
        currency_code,
        moved_date
    from movements
)

select * from charge_movements
