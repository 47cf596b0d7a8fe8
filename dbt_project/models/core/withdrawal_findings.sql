-- What a person should look at: withdrawals by which nobody is known, and those that more than
-- one contact point answers to.
with withdrawals as (
    select
        'consent_decisions' as table_name,
        consent_record_id as key,
        contact_point_type,
        contact_point
    from {{ ref('consent_decisions') }}
    where coalesce(state <> 'granted', true)
    union
    select
        'privacy_requests' as table_name,
        read_requests.privacy_request_id as key,
        read_requests.contact_point_type,
        read_requests.contact_point
    from {{ ref('request_contact_points') }} as read_requests
    inner join {{ ref('privacy_requests') }} as requests
        on read_requests.privacy_request_id = requests.privacy_request_id
    where
        requests.request_kind in ('erasure', 'objection', 'restriction')
        and requests.status in ('received', 'verified', 'completed')
),

known as (
    select
        identifier_type as contact_point_type,
        identifier_value as contact_point
    from {{ ref('customer_identifiers') }}
    where identifier_type in ('email', 'phone')
    union
    select
        contact_point_type,
        contact_point
    from {{ ref('consent_decisions') }}
    where state = 'granted' and is_reachable
),

matched as (
    select
        withdrawals.table_name,
        withdrawals.key,
        withdrawals.contact_point,
        known.contact_point is not null as is_known,
        count(known.contact_point) over (
            partition by withdrawals.table_name, withdrawals.key
        ) as known_count
    from withdrawals
    left join known
        on
            withdrawals.contact_point_type = known.contact_point_type
            and withdrawals.contact_point = known.contact_point
),

of_nobody as (
    select distinct
        'withdrawal_of_nobody' as rule,
        table_name,
        key,
        '' as contact_point,
        'Nobody is known by what it names, or that is no address and no number.'
            as explanation,
        'Find out who is meant, and withdraw by the address or number on record.'
            as remedy
    from matched
    where known_count = 0
),

of_several as (
    select
        'withdrawal_of_several' as rule,
        table_name,
        key,
        contact_point,
        'It may mean ' || known_count || ' known addresses or numbers; this is one of'
        || ' them, and each counts as withdrawn.' as explanation,
        'Where it was not meant, record its grant once more.' as remedy
    from matched
    where is_known and known_count > 1
),

all_findings as (
    select * from of_nobody
    union all
    select * from of_several
),

withdrawal_findings as (
    select
        {{ keyed_hash("rule || ':' || table_name || ':' || key || ':' || contact_point") }}
            as finding_id,
        rule,
        'warning' as severity,
        table_name,
        key,
        explanation,
        remedy
    from all_findings
)

select * from withdrawal_findings
