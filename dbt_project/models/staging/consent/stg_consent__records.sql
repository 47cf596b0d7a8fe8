with latest as (
    {{ latest_version(source('raw', 'consent_records'), ['record_id']) }}
),

records as (
    select
        _prefix || record_id as consent_record_id,
        lower(trim(contact_point_type)) as contact_point_type,
        trim(contact_point) as contact_point,
        lower(trim(channel)) as channel,
        lower(trim(purpose)) as purpose,
        lower(trim(state)) as state,
        legal_basis,
        collected_by,
        recorded_at,
        _arrival
    from latest
)

select * from records
