with latest as (
    {{ latest_version(source('raw', 'consent_records'), ['record_id']) }}
),

records as (
    select
        _prefix || record_id as consent_record_id,
        case
            when lower(trim(contact_point_type)) in ('email', 'phone')
                then lower(trim(contact_point_type))
            -- A no of an unknown kind is meant for somebody; a yes is not beyond doubt.
            when lower(trim(state)) = 'granted' then lower(trim(contact_point_type))
            when contact_point like '%@%' then 'email'
            else 'phone'
        end as contact_point_type,
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
