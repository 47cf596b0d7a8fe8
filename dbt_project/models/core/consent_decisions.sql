-- Whatever said yes or no, in one form; which of them holds is told by consents.
with stated_consents as (
    {{ union_feed('consents', {
        'consent_record_id': 'varchar',
        'contact_point_type': 'varchar',
        'contact_point': 'varchar',
        'channel': 'varchar',
        'purpose': 'varchar',
        'state': 'varchar',
        'legal_basis': 'varchar',
        'collected_by': 'varchar',
        'recorded_at': 'timestamp',
    }) }}
),

-- Whoever unsubscribes in a mail, or calls it spam, has said no.
unsubscriptions as (
    select
        message_event_id as consent_record_id,
        case channel when 'email' then 'email' else 'phone' end as contact_point_type,
        contact_point,
        channel,
        'marketing' as purpose,
        'withdrawn' as state,
        'consent' as legal_basis,
        source_name as collected_by,
        occurred_at as recorded_at
    from {{ ref('messages') }}
    where
        message_event in ('unsubscribed', 'complained')
        and contact_point is not null
),

all_consents as (
    select * from stated_consents
    union all
    select * from unsubscriptions
),

consent_records as (
    select
        consent_record_id,
        contact_point_type,
        contact_point,
        channel,
        purpose,
        state,
        legal_basis,
        collected_by,
        state = 'granted' as is_grant,
        -- A decision cannot lie ahead of the night that knows it: a clock that runs
        -- ahead must not outrank a withdrawal.
        least(recorded_at, {{ as_of() }}) as recorded_at
    from all_consents
),

-- What may be meant counts for a withdrawal, what is beyond doubt for a grant.
readings as (
    select
        contact_point_type,
        written,
        contact_point as read_as,
        false as is_grant
    from {{ ref('contact_point_readings') }}
    union all
    select
        contact_point_type,
        written,
        contact_point as read_as,
        true as is_grant
    from {{ ref('contact_point_readings') }}
    where is_certain
),

resolved as (
    select
        consent_records.*,
        readings.read_as
    from consent_records
    left join readings
        on
            consent_records.contact_point_type = readings.contact_point_type
            and consent_records.contact_point = readings.written
            and consent_records.is_grant = readings.is_grant
),

consent_decisions as (
    select
        consent_record_id,
        contact_point_type,
        coalesce(read_as, contact_point) as contact_point,
        read_as is not null as is_reachable,
        channel,
        purpose,
        state,
        legal_basis,
        collected_by,
        recorded_at as decided_at
    from resolved
)

select * from consent_decisions
