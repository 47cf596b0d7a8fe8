with phones as (
    select
        raw_phone,
        country_code,
        e164
    from {{ source('steps', 'phones') }}
)

select * from phones
