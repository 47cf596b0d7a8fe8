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
        updated_at
    from {{ ref('stg_privacy__requests') }}
),

-- A number that could be several is nobody's.
phones as (
    select
        raw_phone,
        min(e164) as e164
    from {{ ref('phone_numbers') }}
    group by raw_phone
    having count(distinct e164) = 1
),

requests as (
    select
        staged_requests.*,
        coalesce(phones.e164, staged_requests.contact_point) as identifier_value,
        cast(
            {{ local_date('staged_requests.received_at') }} + interval '1 month' as date
        ) as due_date
    from staged_requests
    left join phones on staged_requests.contact_point = phones.raw_phone
),

holders as (
    select
        identifier_type,
        identifier_value,
        min(customer_id) as customer_id,
        count(distinct customer_id) as customers_count
    from {{ ref('customer_identifiers') }}
    where identifier_type in ('email', 'phone')
    group by identifier_type, identifier_value
),

privacy_requests as (
    select
        requests.privacy_request_id,
        case when holders.customers_count = 1 then holders.customer_id end
            as customer_id,
        cast(coalesce(holders.customers_count, 0) as integer) as customers_count,
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
    from requests
    left join holders
        on
            requests.contact_point_type = holders.identifier_type
            and requests.identifier_value = holders.identifier_value
)

select * from privacy_requests
