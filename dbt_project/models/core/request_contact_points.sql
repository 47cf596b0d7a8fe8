-- A request is about everybody who is known by what its contact point may mean.
with requests as (
    select
        privacy_request_id,
        contact_point_type,
        contact_point
    from {{ ref('stg_privacy__requests') }}
),

readings as (
    select
        contact_point_type,
        written,
        contact_point,
        is_certain
    from {{ ref('contact_point_readings') }}
),

holders as (
    select
        identifier_type,
        identifier_value,
        min(customer_id) as customer_id
    from {{ ref('customer_identifiers') }}
    where identifier_type in ('email', 'phone')
    group by identifier_type, identifier_value
    having count(distinct customer_id) = 1
),

read_requests as (
    select
        requests.privacy_request_id,
        requests.contact_point_type,
        coalesce(readings.contact_point, requests.contact_point) as contact_point,
        coalesce(readings.is_certain, false) as is_certain
    from requests
    left join readings
        on
            requests.contact_point_type = readings.contact_point_type
            and requests.contact_point = readings.written
),

request_contact_points as (
    select
        read_requests.privacy_request_id,
        read_requests.contact_point_type,
        read_requests.contact_point,
        read_requests.is_certain,
        holders.customer_id
    from read_requests
    left join holders
        on
            read_requests.contact_point_type = holders.identifier_type
            and read_requests.contact_point = holders.identifier_value
)

select * from request_contact_points
