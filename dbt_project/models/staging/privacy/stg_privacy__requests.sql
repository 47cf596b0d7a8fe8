with latest as (
    {{ latest_version(
        source('raw', 'privacy_requests'), ['request_id'], 'updated_at'
    ) }}
),

requests as (
    select
        _source || ':' || request_id as privacy_request_id,
        lower(trim(kind)) as request_kind,
        lower(trim(contact_point_type)) as contact_point_type,
        trim(contact_point) as contact_point,
        lower(trim(status)) as status,
        received_by,
        received_at,
        completed_at,
        updated_at
    from latest
)

select * from requests
