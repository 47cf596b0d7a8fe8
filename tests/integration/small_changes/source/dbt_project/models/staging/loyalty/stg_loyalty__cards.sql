with latest as (
    {{ latest_version(source('raw', 'loyalty_cards'), ['registration_id']) }}
),

cards as (
    select
        _source as source_name,
        _source || '_cards:' || registration_id as record_id,
        {{ identifier_map({
            'loyalty_card': 'card_number',
            'email': 'email',
        }) }} as identifiers,
        cast(null as varchar) as country_code,
        nullif(trim(first_name), '') as first_name,
        cast(null as varchar) as last_name,
        cast(null as varchar) as city,
        cast(null as varchar) as postcode,
        registered_at as first_seen_at,
        registered_at as last_seen_at
    from latest
)

select * from cards
