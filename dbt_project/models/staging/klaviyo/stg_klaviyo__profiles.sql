-- Of a deleted one no more comes than the id: who it was, its earlier versions say.
with versions as (
    {{ versions_with_deletion(source('raw', 'klaviyo_profiles'), 'id', 'updated') }}
),

latest as (
    {{ latest_version('versions', ['id'], 'deleted is not true desc, updated') }}
),

profiles as (
    select
        _source as source_name,
        _source || '_profiles:' || id as record_id,
        {{ identifier_map({
            'klaviyo_profile_id': 'id',
            'user_id': 'external_id',
            'email': 'email',
            'phone': 'phone_number',
        }) }} as identifiers,
        upper(trim(country)) as country_code,
        nullif(trim(first_name), '') as first_name,
        nullif(trim(last_name), '') as last_name,
        nullif(trim(city), '') as city,
        nullif(trim(zip), '') as postcode,
        coalesce(created, updated) as first_seen_at,
        greatest(created, updated) as last_seen_at,
        id as klaviyo_profile_id,
        trim(email) as email,
        trim(phone_number) as phone_number,
        case when _is_gone then _told_at end as deleted_at,
        created as created_at,
        updated as updated_at
    from latest
)

select * from profiles
