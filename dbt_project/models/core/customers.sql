-- Each attribute is taken whole from one record: value, time and source together. The more
-- trusted kind of record wins, then the one seen last, then the lower id. An address is one
-- attribute: a city here and a postcode there would be a place where nobody lives.
with source_records as (
    select
        *,
        split_part(record_id, ':', 1) as record_kind
    from {{ ref('source_records') }}
),

identifiers as (
    select
        record_id,
        identifier_type,
        identifier_value
    from {{ ref('identifiers') }}
    where identifier_value is not null
),

records as (
    select
        identity_map.customer_id,
        source_records.*,
        case source_records.record_kind
            when 'shopify_customers' then 1
            when 'shopify_orders' then 2
            when 'hubspot_contacts' then 3
            when 'stripe_charges' then 4
            when 'shopify_checkouts' then 5
            when 'web_logins' then 6
            else 9
        end as trust_rank
    from {{ ref('identity_map') }} as identity_map
    inner join source_records on identity_map.record_id = source_records.record_id
),

contact_points as (
    select
        records.customer_id,
        identifiers.identifier_type,
        identifiers.identifier_value,
        records.record_kind,
        records.last_seen_at,
        row_number() over (
            partition by records.customer_id, identifiers.identifier_type
            order by
                records.trust_rank asc,
                records.last_seen_at desc,
                records.record_id asc,
                identifiers.identifier_value asc
        ) as choice
    from records
    inner join identifiers on records.record_id = identifiers.record_id
    where identifiers.identifier_type in ('email', 'phone')
),

descriptions as (
    select
        *,
        row_number() over (
            partition by customer_id, coalesce(first_name, last_name) is not null
            order by trust_rank asc, last_seen_at desc, record_id asc
        ) as name_choice,
        row_number() over (
            partition by
                customer_id, coalesce(country_code, city, postcode) is not null
            order by
                city is not null and postcode is not null desc,
                trust_rank asc,
                last_seen_at desc,
                record_id asc
        ) as address_choice
    from records
    where coalesce(first_name, last_name, country_code, city, postcode) is not null
),

identified_customers as (
    select
        records.customer_id,
        max(
            case when identifiers.identifier_type = 'user_id' then 1 else 0 end
        ) = 1 as has_account
    from records
    inner join identifiers on records.record_id = identifiers.record_id
    where identifiers.identifier_type <> 'anonymous_id'
    group by records.customer_id
),

totals as (
    select
        customer_id,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        cast(count(*) as integer) as records_count,
        cast(count(distinct source_name) as integer) as sources_count
    from records
    group by customer_id
),

customers as (
    select
        totals.customer_id,
        identified_customers.customer_id is not null as is_identified,
        coalesce(identified_customers.has_account, false) as has_account,
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
    left join identified_customers
        on totals.customer_id = identified_customers.customer_id
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
    left join descriptions as names
        on
            totals.customer_id = names.customer_id
            and coalesce(names.first_name, names.last_name) is not null
            and names.name_choice = 1
    left join descriptions as addresses
        on
            totals.customer_id = addresses.customer_id
            and coalesce(
                addresses.country_code, addresses.city, addresses.postcode
            ) is not null
            and addresses.address_choice = 1
)

select * from customers
