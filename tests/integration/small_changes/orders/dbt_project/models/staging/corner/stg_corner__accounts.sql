with latest as (
    {{ latest_version(source('raw', 'corner_accounts'), ['login'], 'changed_at') }}
),

accounts as (
    select
        _source as source_name,
        _source || '_accounts:' || login as record_id,
        {{ identifier_map({
            'corner_login': 'login',
            'email': 'email',
        }) }} as identifiers,
        cast(null as varchar) as country_code,
        nullif(trim(first_name), '') as first_name,
        nullif(trim(last_name), '') as last_name,
        cast(null as varchar) as city,
        cast(null as varchar) as postcode,
        opened_at as first_seen_at,
        changed_at as last_seen_at
    from latest
)

select * from accounts
