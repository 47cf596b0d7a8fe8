with latest as (
    {{ latest_version(source('raw', 'stripe_refunds'), ['id']) }}
),

currencies as (
    select
        currency_code,
        stripe_unit
    from {{ ref('currencies') }}
),

refunds as (
    select
        latest._source as source_name,
        latest._prefix || latest.id as charge_refund_id,
        latest._prefix || nullif(trim(latest.charge), '') as charge_id,
        cast(latest.amount * currencies.stripe_unit as decimal(18, 3)) as amount,
        upper(trim(latest.currency)) as currency_code,
        coalesce(lower(trim(latest.status)), 'succeeded') as status,
        latest.reason,
        latest.created as created_at
    from latest
    left join currencies
        on upper(trim(latest.currency)) = currencies.currency_code
)

select * from refunds
