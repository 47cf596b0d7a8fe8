-- Of one contact point, channel and purpose the latest decision holds; of two at one
-- moment the withdrawal.
with consent_records as (
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
    from {{ ref('stg_consent__records') }}
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

addressed as (
    select
        consent_record_id,
        contact_point_type,
        coalesce(e164, contact_point) as address,
        contact_point_type <> 'phone' or e164 is not null as is_reachable,
        channel,
        purpose,
        state,
        legal_basis,
        collected_by,
        recorded_at
    from resolved
),

ranked as (
    select
        *,
        row_number() over (
            partition by contact_point_type, address, channel, purpose
            order by
                recorded_at desc,
                case when state = 'granted' then 1 else 0 end,
                consent_record_id desc
        ) as decision_rank,
        count(*) over (
            partition by contact_point_type, address, channel, purpose
        ) as decisions_count
    from addressed
),

consents as (
    select
        {{ keyed_hash(
            "contact_point_type || ':' || address || ':' || channel || ':' || purpose"
        ) }} as consent_id,
        contact_point_type,
        address as contact_point,
        channel,
        purpose,
        state,
        state = 'granted' and is_reachable as is_granted,
        is_reachable,
        legal_basis,
        collected_by,
        recorded_at as decided_at,
        cast(decisions_count as integer) as decisions_count,
        consent_record_id
    from ranked
    where decision_rank = 1
)

select * from consents
