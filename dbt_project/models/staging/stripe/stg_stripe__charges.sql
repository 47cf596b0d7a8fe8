with latest as (
    {{ latest_version(source('raw', 'stripe_charges'), ['id']) }}
),

currencies as (
    select
        currency_code,
        stripe_unit
    from {{ ref('currencies') }}
),

charges as (
    select
        latest._source as source_name,
        latest._source || '_charges:' || latest.id as record_id,
        {{ identifier_map({
            'stripe_customer_id': 'latest.customer',
            'email': 'coalesce(latest.billing_email, latest.receipt_email)',
            'phone': 'latest.billing_phone',
        }) }} as identifiers,
        upper(trim(latest.billing_country)) as country_code,
        nullif(regexp_extract(trim(latest.billing_name), '^(.*?)\s+\S+$', 1), '')
            as first_name,
        nullif(regexp_extract(trim(latest.billing_name), '(\S+)$', 1), '')
            as last_name,
        cast(null as varchar) as city,
        cast(null as varchar) as postcode,
        latest.created as first_seen_at,
        latest.created as last_seen_at,
        latest._prefix || latest.id as charge_id,
        latest.id as provider_charge_id,
        latest._shop as shop_name,
        latest._shop || ':' || nullif(trim(latest.order_id), '') as order_id,
        cast(latest.amount * currencies.stripe_unit as decimal(18, 3))
            as amount,
        cast(latest.amount_captured * currencies.stripe_unit as decimal(18, 3))
            as captured_amount,
        cast(latest.amount_refunded * currencies.stripe_unit as decimal(18, 3))
            as refunded_amount,
        upper(trim(latest.currency)) as currency_code,
        latest.status,
        latest.captured as is_captured,
        latest.livemode as is_live,
        latest.disputed as is_disputed,
        latest.payment_intent as payment_intent_id,
        latest.created as created_at
    from latest
    left join currencies
        on upper(trim(latest.currency)) = currencies.currency_code
)

select * from charges
