-- What cardholders took back at payment providers, and how it ended. Nothing is gone while a bank
-- only asks (an inquiry), and nothing once the shop has won.
with staged_disputes as (
    select * from {{ ref('source_disputes') }}
),

judged as (
    select
        *,
        case
            when is_inquiry then 'inquiry'
            when status = 'won' then 'won'
            when status in ('lost', 'accepted', 'charge_refunded') then 'lost'
            when status = 'prevented' then 'prevented'
            else 'open'
        end as outcome
    from staged_disputes
),

charges as (
    select
        charge_id,
        order_id,
        customer_id
    from {{ ref('charges') }}
),

-- Who disputes an order, where no charge says it, is whose order it is.
order_customers as (
    select
        staged_orders.order_id,
        identity_map.customer_id
    from {{ ref('source_orders') }} as staged_orders
    inner join {{ ref('identity_map') }} as identity_map
        on staged_orders.record_id = identity_map.record_id
),

disputes as (
    select
        judged.dispute_id,
        judged.source_name,
        judged.charge_id,
        coalesce(judged.order_id, charges.order_id) as order_id,
        coalesce(charges.customer_id, order_customers.customer_id) as customer_id,
        judged.status,
        judged.outcome,
        judged.reason,
        cast(judged.amount as decimal(18, 3)) as amount,
        cast(
            case
                when judged.outcome in ('open', 'lost') then coalesce(judged.amount, 0)
                else 0
            end as decimal(18, 3)
        ) as lost_amount,
        judged.currency_code,
        cast(coalesce(judged.fee_amount, 0) as decimal(18, 3)) as fee_amount,
        judged.account_currency_code as fee_currency_code,
        judged.is_live,
        judged.is_answered,
        judged.answer_due_at,
        judged.created_at as disputed_at,
        {{ local_date('judged.created_at') }} as disputed_date
    from judged
    left join charges on judged.charge_id = charges.charge_id
    left join order_customers on judged.order_id = order_customers.order_id
)

select * from disputes
