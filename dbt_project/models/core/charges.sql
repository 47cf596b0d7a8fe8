with staged_charges as (
    select
        source_name,
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

-- Whose charges are orders where no shop knows them: the owner's word.
accounts as (
    select
        source_name,
        charges_are_orders
    from {{ source('declared', 'accounts') }}
),

named as (
    select
        staged_charges.*,
        coalesce(
            staged_charges.order_id, by_charge.order_id, by_intent.order_id
        ) as shop_order_id,
        identity_map.customer_id,
        coalesce(accounts.charges_are_orders, false) as charges_are_orders
    from staged_charges
    left join accounts on staged_charges.source_name = accounts.source_name
    left join identity_map on staged_charges.record_id = identity_map.record_id
    left join references_of_orders as by_charge
        on
            staged_charges.shop_name = by_charge.source_name
            and staged_charges.provider_charge_id = by_charge.gateway_reference
    left join references_of_orders as by_intent
        on
            staged_charges.shop_name = by_intent.source_name
            and staged_charges.payment_intent_id = by_intent.gateway_reference
),

-- A test charge, or one that took nothing, is no order.
judged as (
    select
        *,
        shop_order_id is null
        and charges_are_orders
        and is_live
        and status = 'succeeded'
        and coalesce(captured_amount, 0) > 0 as is_order
    from named
),

charges as (
    select
        charge_id,
        source_name,
        case
            when is_order then source_name || ':' || provider_charge_id
            else shop_order_id
        end as order_id,
        is_order,
        customer_id,
        status,
        cast(amount as decimal(18, 3)) as amount,
        cast(captured_amount as decimal(18, 3)) as captured_amount,
        cast(refunded_amount as decimal(18, 3)) as refunded_amount,
        currency_code,
        is_live,
        is_disputed,
        created_at as charged_at,
        {{ local_date('created_at') }} as charged_date
    from judged
)

select * from charges
