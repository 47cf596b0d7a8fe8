-- The law gives one month from receipt. A request is about everybody who is known by its
-- contact point: usually one customer, and somebody has to look where it is not.
with staged_requests as (
    select
        privacy_request_id,
        request_kind,
        contact_point_type,
        contact_point,
        status,
        received_by,
        received_at,
        completed_at,
        updated_at,
        cast({{ local_date('received_at') }} + interval '1 month' as date) as due_date
    from {{ ref('stg_privacy__requests') }}
),

-- Of two readings with a customer each, nobody knows which was meant.
holders as (
    select
        read_requests.privacy_request_id,
        min(identifiers.customer_id) as customer_id,
        cast(count(distinct identifiers.customer_id) as integer) as customers_count
    from {{ ref('request_contact_points') }} as read_requests
    left join {{ ref('customer_identifiers') }} as identifiers
        on
            read_requests.contact_point_type = identifiers.identifier_type
            and read_requests.contact_point = identifiers.identifier_value
    group by read_requests.privacy_request_id
),

privacy_requests as (
    select
        requests.privacy_request_id,
        case when holders.customers_count = 1 then holders.customer_id end
            as customer_id,
        holders.customers_count,
        requests.request_kind,
        requests.contact_point_type,
        requests.contact_point,
        requests.status,
        requests.status in ('received', 'verified') as is_open,
        requests.received_by,
        requests.received_at,
        requests.due_date,
        requests.completed_at,
        cast(
            case
                when requests.status in ('received', 'verified')
                    then {{ days_between(as_of_date(), 'requests.due_date') }}
            end as integer
        ) as days_left,
        requests.updated_at
    from staged_requests as requests
    inner join holders on requests.privacy_request_id = holders.privacy_request_id
)

select * from privacy_requests
