-- Of a deleted customer Stripe tells the id alone: when it was made, its earlier versions say.
with versions as (
    select
        *,
        coalesce(min(created) over (partition by _source, id), _loaded_at) as first_created
    from {{ source('raw', 'stripe_customers') }}
),

latest as (
    {{ latest_version('versions', ['id']) }}
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
        coalesce(created, first_created) as first_seen_at,
        coalesce(created, first_created) as last_seen_at,
        id as stripe_customer_id,
        coalesce(livemode, true) as is_live,
        coalesce(deleted, false) as is_deleted,
        coalesce(created, first_created) as created_at
    from latest
)

select * from customers
