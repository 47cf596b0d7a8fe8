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
        case when contact_point_type = 'phone' then contact_point end as raw_phone,
        state = 'granted' as is_grant,
        -- A decision cannot lie ahead of the night that knows it: a clock that runs
        -- ahead must not outrank a withdrawal.
        least(recorded_at, {{ as_of() }}) as recorded_at
    from all_consents
),

-- A number written without its country prefix may be several numbers: a withdrawal then
-- holds for all of them, a grant for none.
phones as (
    select
        raw_phone,
        e164,
        count(*) over (partition by raw_phone) as readings_count
    from {{ ref('phone_numbers') }}
    where e164 is not null
    group by raw_phone, e164
),

readings as (
    select
        raw_phone,
        e164,
        false as is_grant
    from phones
    union all
    select
        raw_phone,
        e164,
        true as is_grant
    from phones
    where readings_count = 1
),

resolved as (
    select
        consent_records.*,
        readings.e164
    from consent_records
    left join readings
        on
            consent_records.raw_phone = readings.raw_phone
            and consent_records.is_grant = readings.is_grant
),

consent_decisions as (
    select
        consent_record_id,
        contact_point_type,
        coalesce(e164, contact_point) as contact_point,
        contact_point_type <> 'phone' or e164 is not null as is_reachable,
        channel,
        purpose,
        state,
        legal_basis,
        collected_by,
        recorded_at as decided_at
    from resolved
)

select * from consent_decisions
