-- Each attribute is taken whole from one record: value, time and source together. The more
-- trusted kind of record wins, then the one seen last, then the lower value. An address is
-- one attribute: a city here and a postcode there would be a place where nobody lives. What only
-- deleted records tell is no way to reach anybody.
with statements as (
    select
        *,
        coalesce(first_name, last_name) is not null as has_name,
        coalesce(country_code, city, postcode) is not null as has_address,
        city is not null and postcode is not null as has_whole_address
    from {{ ref('customer_statements') }}
),

contact_points as (
    select
        *,
        row_number() over (
            partition by customer_id, identifier_type
            order by trust_rank asc, last_seen_at desc, identifier_value asc
        ) as choice
    from {{ ref('customer_identifiers') }}
    where identifier_type in ('email', 'phone') and is_deleted is not true
),

names as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by
                trust_rank asc,
                last_seen_at desc,
                first_name asc nulls last,
                last_name asc nulls last,
                country_code asc nulls last,
                city asc nulls last,
                postcode asc nulls last
        ) as choice
    from statements
    where has_name
),

addresses as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by
                has_whole_address desc,
                trust_rank asc,
                last_seen_at desc,
                country_code asc nulls last,
                city asc nulls last,
                postcode asc nulls last,
                first_name asc nulls last,
                last_name asc nulls last
        ) as choice
    from statements
    where has_address
),

naming_types as (
    select identifier_type
    from {{ ref('identifier_types') }}
    where is_strong
),

login_types as (
    select identifier_type
    from {{ source('declared', 'login_types') }}
),

accounts as (
    select
        identifiers.customer_id,
        count(login_types.identifier_type) > 0 as has_account
    from {{ ref('customer_identifiers') }} as identifiers
    inner join naming_types on identifiers.identifier_type = naming_types.identifier_type
    left join login_types on identifiers.identifier_type = login_types.identifier_type
    group by identifiers.customer_id
),

sources as (
    select
        customer_id,
        source_name,
        -- Times that lie ahead are findings; nobody was seen then.
        least(min(first_seen_at), {{ as_of() }}) as first_seen_at,
        least(max(last_seen_at), {{ as_of() }}) as last_seen_at,
        sum(records_count) as records_count
    from statements
    group by customer_id, source_name
),

totals as (
    select
        customer_id,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        cast(sum(records_count) as integer) as records_count,
        cast(count(*) as integer) as sources_count
    from sources
    group by customer_id
),

deleted_customers as (
    select customer_id
    from {{ ref('deleted_customers') }}
),

customers as (
    select
        totals.customer_id,
        accounts.customer_id is not null as is_identified,
        coalesce(accounts.has_account, false) as has_account,
        deleted_customers.customer_id is not null as is_deleted,
        emails.identifier_value as email,
        emails.record_kind as email_source,
        emails.last_seen_at as email_seen_at,
        phones.identifier_value as phone,
        phones.record_kind as phone_source,
        phones.last_seen_at as phone_seen_at,
        names.first_name,
        names.last_name,
        names.record_kind as name_source,
        names.last_seen_at as name_seen_at,
        addresses.country_code,
        addresses.city,
        addresses.postcode,
        addresses.record_kind as address_source,
        addresses.last_seen_at as address_seen_at,
        totals.first_seen_at,
        totals.last_seen_at,
        totals.records_count,
        totals.sources_count
    from totals
    left join accounts on totals.customer_id = accounts.customer_id
    left join deleted_customers on totals.customer_id = deleted_customers.customer_id
    left join contact_points as emails
        on
            totals.customer_id = emails.customer_id
            and emails.identifier_type = 'email'
            and emails.choice = 1
    left join contact_points as phones
        on
            totals.customer_id = phones.customer_id
            and phones.identifier_type = 'phone'
            and phones.choice = 1
    left join names on totals.customer_id = names.customer_id and names.choice = 1
    left join addresses
        on totals.customer_id = addresses.customer_id and addresses.choice = 1
)

select * from customers
