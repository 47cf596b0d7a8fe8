-- Charges that are orders of their own: subscriptions that the payment provider bills. Such an
-- order is one line of goods; what of it is tax the provider does not say.
with charge_orders as (
    select
        charges.source_name,
        charges.order_id,
        charges.charge_id,
        staged_charges.record_id,
        staged_charges.provider_charge_id as order_number,
        charges.charged_at as placed_at,
        charges.currency_code,
        cast(1 as integer) as quantity,
        charges.captured_amount as unit_amount,
        charges.captured_amount as gross_amount,
        case
            when charges.refunded_amount >= charges.captured_amount then 'refunded'
            when charges.refunded_amount > 0 then 'partially_refunded'
            else 'paid'
        end as financial_status
    from {{ ref('charges') }} as charges
    inner join {{ ref('stg_stripe__charges') }} as staged_charges
        on charges.charge_id = staged_charges.charge_id
    where charges.is_order
)

select * from charge_orders
