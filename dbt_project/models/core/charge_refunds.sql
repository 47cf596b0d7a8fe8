with staged_refunds as (
    select
        source_name,
        charge_refund_id,
        charge_id,
        status,
        reason,
        amount,
        currency_code,
        created_at
    from {{ ref('stg_stripe__refunds') }}
),

charges as (
    select
        charge_id,
        order_id,
        is_order,
        is_live
    from {{ ref('charges') }}
),

charge_refunds as (
    select
        staged_refunds.charge_refund_id,
        staged_refunds.source_name,
        staged_refunds.charge_id,
        charges.order_id,
        coalesce(charges.is_order, false) as is_order,
        staged_refunds.status,
        -- The provider counts a refund from the moment it is made, unless it comes back.
        staged_refunds.status not in ('failed', 'canceled') as is_counted,
        staged_refunds.reason,
        cast(staged_refunds.amount as decimal(18, 3)) as amount,
        staged_refunds.currency_code,
        coalesce(charges.is_live, true) as is_live,
        staged_refunds.created_at as refunded_at,
        {{ local_date('staged_refunds.created_at') }} as refunded_date
    from staged_refunds
    left join charges on staged_refunds.charge_id = charges.charge_id
)

select * from charge_refunds
