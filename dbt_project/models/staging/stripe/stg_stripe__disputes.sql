with latest as (
    {{ latest_version(source('raw', 'stripe_disputes'), ['id']) }}
),

currencies as (
    select
        currency_code,
        stripe_unit
    from {{ ref('currencies') }}
),

movements as (
    select
        _prefix || id as dispute_id,
        {{ json_records('balance_transactions', {
            'amount': 'bigint',
            'fee': 'bigint',
            'currency': 'varchar',
        }) }} as movement
    from latest
),

-- Stripe books on the account's balance, in the account's currency: one for all of them.
booked as (
    select
        dispute_id,
        max(upper(trim(movement.currency))) as currency_code,
        sum(case when movement.amount < 0 then -movement.amount else 0 end)
            as withdrawn_units,
        sum(case when movement.amount > 0 then movement.amount else 0 end)
            as returned_units,
        sum(movement.fee) as fee_units
    from movements
    group by dispute_id
),

disputes as (
    select
        latest._source as source_name,
        latest._prefix || latest.id as dispute_id,
        latest._prefix || latest.charge as charge_id,
        lower(trim(latest.status)) as status,
        coalesce(lower(trim(latest.status)) like 'warning%', false) as is_inquiry,
        latest.reason,
        cast(latest.amount * currencies.stripe_unit as decimal(18, 3)) as amount,
        upper(trim(latest.currency)) as currency_code,
        cast(booked.withdrawn_units * account_units.stripe_unit as decimal(18, 3))
            as withdrawn_amount,
        cast(booked.returned_units * account_units.stripe_unit as decimal(18, 3))
            as returned_amount,
        cast(booked.fee_units * account_units.stripe_unit as decimal(18, 3))
            as fee_amount,
        booked.currency_code as account_currency_code,
        latest.livemode as is_live,
        coalesce(latest.evidence_submissions, 0) > 0 as is_answered,
        latest.evidence_due_by as answer_due_at,
        latest.created as created_at
    from latest
    left join currencies
        on upper(trim(latest.currency)) = currencies.currency_code
    left join booked on latest._prefix || latest.id = booked.dispute_id
    left join currencies as account_units
        on booked.currency_code = account_units.currency_code
)

select * from disputes
