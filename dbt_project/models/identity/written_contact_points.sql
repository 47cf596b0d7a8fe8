-- What consents, withdrawals and requests name: before anybody is found by it, a step reads each
-- as the addresses or numbers that it may mean.
with stated_consents as (
    {{ union_feed('consents', {
        'contact_point_type': 'varchar',
        'contact_point': 'varchar',
        'state': 'varchar',
    }) }}
),

unsubscribing as (
    select metric_id
    from {{ ref('stg_klaviyo__metrics') }}
    where message_event in ('unsubscribed', 'complained')
),

unsubscribed as (
    select distinct events.record_id
    from {{ ref('stg_klaviyo__events') }} as events
    inner join unsubscribing on events.metric_id = unsubscribing.metric_id
),

written as (
    select
        contact_point_type,
        contact_point,
        coalesce(state <> 'granted', true) as is_withdrawal
    from stated_consents
    union all
    select
        contact_point_type,
        contact_point,
        true as is_withdrawal
    from {{ ref('stg_privacy__requests') }}
    union all
    select
        'phone' as contact_point_type,
        profiles.phone_number as contact_point,
        true as is_withdrawal
    from {{ ref('stg_klaviyo__profiles') }} as profiles
    inner join unsubscribed on profiles.record_id = unsubscribed.record_id
    union all
    select
        'email' as contact_point_type,
        profiles.email as contact_point,
        true as is_withdrawal
    from {{ ref('stg_klaviyo__profiles') }} as profiles
    inner join unsubscribed on profiles.record_id = unsubscribed.record_id
    union all
    select
        contact_point_type,
        pattern as contact_point,
        true as is_withdrawal
    from {{ ref('excluded_contacts') }}
),

written_contact_points as (
    select
        contact_point_type,
        contact_point,
        bool_or(is_withdrawal) as is_withdrawal
    from written
    where contact_point is not null
    group by contact_point_type, contact_point
)

select * from written_contact_points
