-- Captured − refunded by Stripe = by the shop, per day and currency, but for the
-- differences that are listed by order. Counted here from the movements themselves, so
-- a difference that the list misses shows.
{{ config(meta={'dagster': {'ref': {'name': 'payment_differences'}}}) }}

with orders as (
    select
        order_id,
        placed_date
    from {{ ref('orders') }}
),

movements as (
    select
        coalesce(orders.placed_date, payments.moved_date) as difference_date,
        payments.currency_code,
        case
            when payments.movement = 'refunded' then -payments.amount
            else payments.amount
        end as amount
    from {{ ref('payments') }} as payments
    left join orders on payments.order_id = orders.order_id
    where payments.gateway = 'stripe' and payments.movement in ('captured', 'refunded')
    union all
    select
        coalesce(orders.placed_date, charges.charged_date) as difference_date,
        charges.currency_code,
        charges.refunded_amount - charges.captured_amount as amount
    from {{ ref('charges') }} as charges
    left join orders on charges.order_id = orders.order_id
    where charges.is_live and charges.status = 'succeeded'
    union all
    select
        difference_date,
        currency_code,
        -difference_amount as amount
    from {{ ref('payment_differences') }}
),

provider as (
    select count(*) as charges_count
    from {{ ref('charges') }}
)

select
    movements.difference_date,
    movements.currency_code,
    sum(movements.amount) as unlisted_amount
from movements
cross join provider
where provider.charges_count > 0
group by movements.difference_date, movements.currency_code
having sum(movements.amount) <> 0
