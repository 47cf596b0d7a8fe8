-- Who is in no campaign, whatever was granted. What a person asked for holds for all
-- contact points that the person is known by.
with readings as (
    select
        contact_point_type,
        written,
        contact_point
    from {{ ref('contact_point_readings') }}
),

requests as (
    select
        read_requests.customer_id,
        read_requests.contact_point_type,
        read_requests.contact_point,
        requests.request_kind as reason,
        -- An objection is against advertising; the other two are against everything.
        case when requests.request_kind = 'objection' then 'marketing' end as purpose,
        -- Anybody may write in another's name, and a number may be several: nothing is
        -- deleted elsewhere before it is known who asks.
        case
            when
                requests.request_kind = 'erasure'
                and requests.status in ('verified', 'completed')
                and read_requests.is_certain
                then 'erased'
            else 'withdrawn'
        end as consequence,
        requests.received_at as since
    from {{ ref('privacy_requests') }} as requests
    inner join {{ ref('request_contact_points') }} as read_requests
        on requests.privacy_request_id = read_requests.privacy_request_id
    where
        requests.request_kind in ('erasure', 'objection', 'restriction')
        and requests.status in ('received', 'verified', 'completed')
),

contact_points as (
    select distinct
        customer_id,
        identifier_type as contact_point_type,
        identifier_value as contact_point
    from {{ ref('customer_identifiers') }}
    where identifier_type in ('email', 'phone')
),

asked_for as (
    select
        contact_point_type,
        contact_point,
        reason,
        purpose,
        consequence,
        since
    from requests
    union all
    select
        contact_points.contact_point_type,
        contact_points.contact_point,
        requests.reason,
        requests.purpose,
        requests.consequence,
        requests.since
    from requests
    inner join contact_points on requests.customer_id = contact_points.customer_id
),

-- Writing to an address that does not exist costs the sender's good name, unless
-- something arrived there since.
unreachable as (
    select
        readings.contact_point_type,
        readings.contact_point,
        'hard_bounce' as reason,
        cast(null as varchar) as purpose,
        'excluded' as consequence,
        max(case when messages.is_hard_bounce then messages.occurred_at end) as since
    from {{ ref('messages') }} as messages
    inner join readings
        on
            messages.channel = readings.contact_point_type
            and messages.contact_point = readings.written
    where
        messages.channel = 'email'
        and (
            messages.is_hard_bounce
            or messages.message_event in ('received', 'opened', 'clicked')
        )
    group by readings.contact_point_type, readings.contact_point
    having
        max(case when messages.is_hard_bounce then messages.occurred_at end)
        >= max(messages.occurred_at)
),

-- Written by people, compared with contact points as they are kept.
patterns as (
    select
        listed_patterns.contact_point_type,
        coalesce(
            readings.contact_point, lower(trim(listed_patterns.pattern))
        ) as pattern
    from {{ ref('excluded_contacts') }} as listed_patterns
    left join readings
        on
            listed_patterns.contact_point_type = readings.contact_point_type
            and listed_patterns.pattern = readings.written
),

listed as (
    select
        contact_points.contact_point_type,
        contact_points.contact_point,
        'listed' as reason,
        cast(null as varchar) as purpose,
        'excluded' as consequence,
        cast(null as timestamp) as since
    from contact_points
    inner join patterns
        on
            contact_points.contact_point_type = patterns.contact_point_type
            and contact_points.contact_point like patterns.pattern
),

-- Whose every holder is deleted; a grant of such an address is nobody's any more.
deleted as (
    select
        identifiers.identifier_type as contact_point_type,
        identifiers.identifier_value as contact_point,
        'deleted' as reason,
        cast(null as varchar) as purpose,
        'excluded' as consequence,
        max(deleted_customers.deleted_at) as since
    from {{ ref('customer_identifiers') }} as identifiers
    left join {{ ref('deleted_customers') }} as deleted_customers
        on identifiers.customer_id = deleted_customers.customer_id
    where identifiers.identifier_type in ('email', 'phone')
    group by identifiers.identifier_type, identifiers.identifier_value
    having
        bool_and(
            coalesce(identifiers.is_deleted, false)
            or deleted_customers.customer_id is not null
        )
),

all_reasons as (
    select * from asked_for
    union all
    select * from unreachable
    union all
    select * from listed
    union all
    select * from deleted
),

exclusions as (
    select
        contact_point_type,
        contact_point,
        reason,
        purpose,
        -- One person may have asked twice.
        case when bool_or(consequence = 'erased') then 'erased' else min(consequence) end
            as consequence,
        min(since) as since
    from all_reasons
    group by contact_point_type, contact_point, reason, purpose
)

select * from exclusions
