-- A withdrawal holds for every reading, a grant for one that is beyond doubt alone. Of what may be
-- meant, only what somebody is known by is kept.
with phones as (
    select
        raw_phone,
        e164,
        bool_or(is_stated) as is_stated
    from {{ source('steps', 'phones') }}
    where e164 is not null
    group by raw_phone, e164
),

readings as (
    select
        'email' as contact_point_type,
        raw_address as written,
        address as contact_point,
        readings_count = 1 as is_stated,
        readings_count = 1 as is_certain
    from {{ source('steps', 'addresses') }}
    where address is not null
    union all
    select
        'phone' as contact_point_type,
        raw_phone as written,
        e164 as contact_point,
        is_stated,
        is_stated
        and count(*) filter (where is_stated) over (partition by raw_phone) = 1
            as is_certain
    from phones
),

stated as (
    select distinct
        contact_point_type,
        contact_point
    from readings
    where is_stated
),

contact_point_readings as (
    select
        readings.contact_point_type,
        readings.written,
        readings.contact_point,
        readings.is_certain
    from readings
    inner join stated
        on
            readings.contact_point_type = stated.contact_point_type
            and readings.contact_point = stated.contact_point
)

select * from contact_point_readings
