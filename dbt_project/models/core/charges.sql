with staged_charges as (
    select
        charge_id,
        record_id,
        order_id,
        shop_name,
        provider_charge_id,
        payment_intent_id,
        status,
        amount,
        captured_amount,
        refunded_amount,
        currency_code,
        is_live,
        is_disputed,
        created_at
    from {{ ref('stg_stripe__charges') }}
),

identity_map as (
    select
        record_id,
        customer_id
    from {{ ref('identity_map') }}
),

-- A charge that names no order is found by the shop's movement that names the charge.
references_of_orders as (
    select
        source_name,
        gateway_reference,
        min(order_id) as order_id
    from {{ ref('payments') }}
    where gateway_reference is not null and movement = 'captured'
    group by source_name, gateway_reference
),

charges as (
    select
        staged_charges.charge_id,
        coalesce(
            staged_charges.order_id, by_charge.order_id, by_intent.order_id
        ) as order_id,
        identity_map.customer_id,
        staged_charges.status,
        cast(staged_charges.amount as decimal(18, 3)) as amount,
        cast(staged_charges.captured_amount as decimal(18, 3)) as captured_amount,
        cast(staged_charges.refunded_amount as decimal(18, 3)) as refunded_amount,
        staged_charges.currency_code,
        staged_charges.is_live,
        staged_charges.is_disputed,
        staged_charges.created_at as charged_at,
        {{ local_date('staged_charges.created_at') }} as charged_date
    from staged_charges
    left join identity_map on staged_charges.record_id = identity_map.record_id
    left join references_of_orders as by_charge
        on
            staged_charges.shop_name = by_charge.source_name
            and staged_charges.provider_charge_id = by_charge.gateway_reference
    left join references_of_orders as by_intent
        on
            staged_charges.shop_name = by_intent.source_name
            and staged_charges.payment_intent_id = by_intent.gateway_reference
)

select * from charges
