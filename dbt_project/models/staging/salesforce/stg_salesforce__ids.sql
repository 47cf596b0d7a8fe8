-- An id is told in 15 characters, in which case matters, or in 18, whose last three say which
-- letters are capitals. One that lost its case on the way gets it back from them; whose last three
-- fit no letters, that stays as it is: nobody knows which half is wrong.
with written_ids as (
    select id as written_id from {{ source('raw', 'salesforce_leads') }}
    union
    select converted_contact_id from {{ source('raw', 'salesforce_leads') }}
    union
    select id from {{ source('raw', 'salesforce_contacts') }}
    union
    select master_record_id from {{ source('raw', 'salesforce_contacts') }}
),

parted as (
    select
        written_id,
        trim(written_id) as trimmed_id,
        substr(trim(written_id), 1, 15) as first_fifteen,
        upper(substr(trim(written_id), 16)) as suffix
    from written_ids
    where
        trim(written_id) <> ''
),

told as (
    select
        *,
        {{ salesforce_suffix('first_fifteen') }} as own_suffix,
        {{ salesforce_capitals('first_fifteen', 'suffix') }} as told_fifteen
    from parted
),

ids as (
    select
        written_id,
        case
            when
                length(trimmed_id) not in (15, 18)
                or translate(lower(trimmed_id), 'abcdefghijklmnopqrstuvwxyz0123456789', '') <> ''
                then trimmed_id
            when suffix in ('', own_suffix) then first_fifteen || own_suffix
            when
                trimmed_id in (lower(trimmed_id), upper(trimmed_id))
                and {{ salesforce_suffix('told_fifteen') }} = suffix
                then told_fifteen || suffix
            else trimmed_id
        end as salesforce_id
    from told
)

select * from ids
