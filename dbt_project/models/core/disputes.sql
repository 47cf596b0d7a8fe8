-- What cardholders took back at the payment provider, and how it ended. Nothing is gone
-- while a bank only asks (an inquiry), and nothing once the shop has won.
with staged_disputes as (
    select
        source_name,
        dispute_id,
        charge_id,
        status,
        reason,
        amount,
        currency_code,
        fee_amount,
        account_currency_code,
        is_live,
        is_answered,
        answer_due_at,
        created_at,
        case
            when status = 'won' then 'won'
            when status in ('lost', 'charge_refunded') then 'lost'
            when status like 'warning%' then 'inquiry'
            when status = 'prevented' then 'prevented'
            else 'open'
        end as outcome
    from {{ ref('stg_stripe__disputes') }}
),

charges as (
    select
        charge_id,
        order_id,
        customer_id
    from {{ ref('charges') }}
),

disputes as (
    select
        staged_disputes.dispute_id,
        staged_disputes.source_name,
        staged_disputes.charge_id,
        charges.order_id,
        charges.customer_id,
        staged_disputes.status,
        staged_disputes.outcome,
        staged_disputes.reason,
        cast(staged_disputes.amount as decimal(18, 3)) as amount,
        cast(
            case
                when staged_disputes.outcome in ('open', 'lost')
                    then coalesce(staged_disputes.amount, 0)
                else 0
            end as decimal(18, 3)
        ) as lost_amount,
        staged_disputes.currency_code,
        cast(coalesce(staged_disputes.fee_amount, 0) as decimal(18, 3)) as fee_amount,
        staged_disputes.account_currency_code as fee_currency_code,
        staged_disputes.is_live,
        staged_disputes.is_answered,
        staged_disputes.answer_due_at,
        staged_disputes.created_at as disputed_at,
        {{ local_date('staged_disputes.created_at') }} as disputed_date
    from staged_disputes
    left join charges on staged_disputes.charge_id = charges.charge_id
)

select * from disputes
