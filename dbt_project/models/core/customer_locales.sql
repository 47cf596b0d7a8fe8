-- Language and time zone are one attribute of one record: the last one that says either.
with users as (
    select
        source_name,
        record_id,
        locale,
        time_zone,
        updated_at
    from {{ ref('stg_zendesk__users') }}
    where coalesce(locale, time_zone) is not null
),

identity_map as (
    select
        record_id,
        customer_id
    from {{ ref('identity_map') }}
),

customer_locales as (
    select
        identity_map.customer_id,
        lower(split_part(users.locale, '-', 1)) as language_code,
        users.time_zone,
        split_part(users.record_id, ':', 1) as locale_source,
        users.updated_at as locale_seen_at
    from users
    inner join identity_map on users.record_id = identity_map.record_id
    qualify
        row_number() over (
            partition by identity_map.customer_id
            order by users.updated_at desc, users.record_id asc
        ) = 1
)

select * from customer_locales
