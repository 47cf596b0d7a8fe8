-- What two tellings of money differ by in all is what the list of orders adds up to:
-- counted here over whole tables, so an order that the list misses shows.
{{ config(meta={'dagster': {'ref': {'name': 'tie_out_differences'}}}) }}

with business_orders as (
    select
        order_id,
        financial_status,
        currency_code,
        gross_amount,
        captured_amount
    from {{ ref('orders') }}
    where not is_test
),

told as (
    select
        'shop_and_provider' as tie_out,
        currency_code,
        case difference_amount
            when 0 then shop_refunded_amount - provider_refunded_amount
            else difference_amount
        end as amount
    from {{ ref('payment_differences') }}
    union all
    select
        'refunds_and_movements' as tie_out,
        business_orders.currency_code,
        refunds.amount
    from {{ ref('refunds') }} as refunds
    inner join business_orders on refunds.order_id = business_orders.order_id
    union all
    select
        'refunds_and_movements' as tie_out,
        business_orders.currency_code,
        -payments.amount as amount
    from {{ ref('payments') }} as payments
    inner join business_orders on payments.order_id = business_orders.order_id
    where payments.movement = 'refunded'
    union all
    select
        'invoiced_and_paid' as tie_out,
        currency_code,
        gross_amount - captured_amount as amount
    from business_orders
    where financial_status in ('paid', 'partially_refunded', 'refunded')
    union all
    select
        'moved_without_order' as tie_out,
        currency_code,
        case movement when 'captured' then -amount else amount end as amount
    from {{ ref('payments') }}
    where
        movement in ('captured', 'refunded')
        and order_id not in (select order_id from {{ ref('orders') }})
    union all
    select
        tie_out,
        currency_code,
        -difference_amount as amount
    from {{ ref('tie_out_differences') }}
)

select
    tie_out,
    currency_code,
    sum(amount) as unlisted_amount
from told
group by tie_out, currency_code
having sum(amount) <> 0
