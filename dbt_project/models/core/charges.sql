with staged_charges as (
    select
        charge_id,
        record_id,
        order_id,
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

charges as (
    select
        staged_charges.charge_id,
        staged_charges.order_id,
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
)

select * from charges
