-- What refunds say they are for, by order and in its currency. One that states more than it pays is
-- scaled down to the money that moved; what it states beyond that came back without money.
with refunds as (
    select
        refund_id,
        order_id,
        goods_amount,
        shipping_amount,
        tax_amount,
        goods_amount + shipping_amount + tax_amount as stated_amount
    from {{ ref('refunds') }}
),

paid as (
    select
        movement_id as refund_id,
        sum(amount) as paid_amount
    from {{ ref('order_movements') }}
    where kind = 'refunded'
    group by movement_id
),

scaled as (
    select
        refunds.*,
        greatest(coalesce(paid.paid_amount, 0), 0) as paid_amount,
        case
            when refunds.stated_amount <= 0 then 0
            else least(
                greatest(coalesce(paid.paid_amount, 0), 0) / refunds.stated_amount, 1
            )
        end as paid_share
    from refunds
    left join paid on refunds.refund_id = paid.refund_id
),

order_returns as (
    select
        order_id,
        cast(sum(goods_amount * paid_share) as decimal(18, 3)) as goods_amount,
        cast(sum(shipping_amount * paid_share) as decimal(18, 3)) as shipping_amount,
        cast(sum(tax_amount * paid_share) as decimal(18, 3)) as tax_amount,
        cast(sum(greatest(stated_amount - paid_amount, 0)) as decimal(18, 3))
            as unpaid_amount
    from scaled
    group by order_id
)

select * from order_returns
