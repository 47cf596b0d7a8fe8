-- The desk's own people answer here as well; they are nobody's customers. A role that is not known
-- is a customer's: nobody is lost.
with latest as (
    {{ latest_version(source('raw', 'zendesk_users'), ['id'], 'updated_at') }}
),

users as (
    select
        _source as source_name,
        _source || '_users:' || id as record_id,
        {{ identifier_map({
            'zendesk_user_id': 'cast(id as varchar)',
            'user_id': 'external_id',
            'email': 'email',
            'phone': 'phone',
        }) }} as identifiers,
        cast(null as varchar) as country_code,
        nullif(regexp_extract(trim(name), '^(.*?)\s+\S+$', 1), '') as first_name,
        nullif(regexp_extract(trim(name), '(\S+)$', 1), '') as last_name,
        cast(null as varchar) as city,
        cast(null as varchar) as postcode,
        created_at as first_seen_at,
        greatest(created_at, updated_at) as last_seen_at,
        cast(id as varchar) as zendesk_user_id,
        locale,
        time_zone,
        coalesce(suspended, false) as is_suspended,
        not coalesce(active, true) as is_deleted,
        case when not active or _is_deleted then updated_at end as deleted_at,
        created_at,
        updated_at
    from latest
    where role not in ('agent', 'admin')
)

select * from users
