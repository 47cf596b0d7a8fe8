with latest as (
    {{ latest_version(source('raw', 'hubspot_contacts'), ['id'], 'updated_at') }}
),

contacts as (
    select
        _source as source_name,
        _source || '_contacts:' || id as record_id,
        {{ identifier_map({
            'hubspot_contact_id': 'cast(id as varchar)',
            'email': 'email',
            'phone': 'coalesce(mobilephone, phone)',
        }) }} as identifiers,
        upper(trim(country)) as country_code,
        nullif(trim(firstname), '') as first_name,
        nullif(trim(lastname), '') as last_name,
        nullif(trim(city), '') as city,
        nullif(trim(zip), '') as postcode,
        nullif(trim(address), '') as address,
        {{ iso_date('date_of_birth') }} as date_of_birth,
        created_at as first_seen_at,
        greatest(created_at, updated_at) as last_seen_at,
        cast(id as varchar) as hubspot_contact_id,
        lower(lifecyclestage) as lifecycle_stage,
        hs_analytics_source as first_channel,
        archived as is_archived,
        case when archived or _is_deleted then updated_at end as deleted_at,
        created_at,
        updated_at
    from latest
)

select * from contacts
