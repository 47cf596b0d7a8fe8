-- Captured − refunded by Stripe = by the shop, per day and currency, but for the
-- differences that are listed by order; the same for refunds alone, as soon as the
-- provider delivers them. Counted here from the movements themselves, so a difference
-- that the list misses shows. Money of which no order is known has no day.
{{ config(meta={'dagster': {'ref': {'name': 'payment_differences'}}}) }}

with orders as (
    select
        order_id,
        placed_date
    from {{ ref('orders') }}
),

movements as (
    select
        'net' as amount_name,
        order_id,
        currency_code,
        case when movement = 'refunded' then -amount else amount end as amount
    from {{ ref('payments') }}
    where gateway = 'stripe' and movement in ('captured', 'refunded')
    union all
    select
        'net' as amount_name,
        order_id,
        currency_code,
        refunded_amount - captured_amount as amount
    from {{ ref('charges') }}
    where is_live and status = 'succeeded' and not is_order
    union all
    select
        'net' as amount_name,
        order_id,
        currency_code,
        -difference_amount as amount
    from {{ ref('payment_differences') }}
    union all
    select
        'refunded' as amount_name,
        order_id,
        currency_code,
        amount
    from {{ ref('payments') }}
    where gateway = 'stripe' and movement = 'refunded'
    union all
    select
        'refunded' as amount_name,
        order_id,
        currency_code,
        -amount as amount
    from {{ ref('charge_refunds') }}
    where is_live and is_counted and not is_order
    union all
    select
        'refunded' as amount_name,
        order_id,
        currency_code,
        provider_refunded_amount - shop_refunded_amount as amount
    from {{ ref('payment_differences') }}
),

delivered as (
    select 'net' as amount_name
    from {{ ref('charges') }}
    union
    select 'refunded' as amount_name
    from {{ ref('charge_refunds') }}
    where exists (select 1 from {{ ref('charges') }})
)

select
    movements.amount_name,
    orders.placed_date,
    movements.currency_code,
    sum(movements.amount) as unlisted_amount
from movements
inner join delivered on movements.amount_name = delivered.amount_name
left join orders on movements.order_id = orders.order_id
group by movements.amount_name, orders.placed_date, movements.currency_code
having sum(movements.amount) <> 0
