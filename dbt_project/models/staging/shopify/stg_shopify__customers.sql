-- Of a deleted one no more comes than the id: who it was, its earlier versions say.
with versions as (
    {{ versions_with_deletion(source('raw', 'shopify_customers'), 'id', 'updated_at') }}
),

latest as (
    {{ latest_version('versions', ['id'], 'deleted is not true desc, updated_at') }}
),

customers as (
    select
        _source as source_name,
        _source || '_customers:' || id as record_id,
        {{ identifier_map({
            'user_id': 'cast(id as varchar)',
            'email': 'email',
            'phone': 'phone',
        }) }} as identifiers,
        upper(trim(country_code)) as country_code,
        nullif(trim(first_name), '') as first_name,
        nullif(trim(last_name), '') as last_name,
        nullif(trim(city), '') as city,
        nullif(trim(zip), '') as postcode,
        nullif(trim(address1), '') as address,
        cast(null as date) as date_of_birth,
        coalesce(created_at, updated_at) as first_seen_at,
        greatest(created_at, updated_at) as last_seen_at,
        cast(id as varchar) as shopify_customer_id,
        state as account_state,
        coalesce(verified_email, false) as is_email_verified,
        upper(trim(currency)) as currency_code,
        tags,
        case when _is_gone then _told_at end as deleted_at,
        created_at,
        updated_at
    from latest
)

select * from customers
