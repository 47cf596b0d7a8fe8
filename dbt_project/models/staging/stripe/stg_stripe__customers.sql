-- Of a deleted customer Stripe tells the id alone: who it was, its earlier versions say.
with versions as (
    {{ versions_with_deletion(source('raw', 'stripe_customers'), 'id') }}
),

latest as (
    {{ latest_version('versions', ['id'], 'deleted is not true') }}
),

customers as (
    select
        _source as source_name,
        _source || '_customers:' || id as record_id,
        {{ identifier_map({
            'stripe_customer_id': 'id',
            'email': 'email',
            'phone': 'phone',
        }) }} as identifiers,
        upper(trim(country)) as country_code,
        nullif(regexp_extract(trim(name), '^(.*?)\s+\S+$', 1), '') as first_name,
        nullif(regexp_extract(trim(name), '(\S+)$', 1), '') as last_name,
        nullif(trim(city), '') as city,
        nullif(trim(postal_code), '') as postcode,
        nullif(trim(address_line1), '') as address,
        cast(null as date) as date_of_birth,
        coalesce(created, _loaded_at) as first_seen_at,
        coalesce(created, _loaded_at) as last_seen_at,
        id as stripe_customer_id,
        coalesce(livemode, true) as is_live,
        _is_gone as is_deleted,
        case when _is_gone then _told_at end as deleted_at,
        coalesce(created, _loaded_at) as created_at
    from latest
)

select * from customers
