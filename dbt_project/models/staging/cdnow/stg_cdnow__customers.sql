with latest as (
    {{ latest_version(source('raw', 'cdnow_purchases'), ['purchase_id']) }}
),

customers as (
    select
        _source,
        customer_id,
        min(purchased_on) as first_purchased_on,
        max(purchased_on) as last_purchased_on
    from latest
    group by _source, customer_id
),

person_records as (
    select
        _source as source_name,
        _source || '_customers:' || customer_id as record_id,
        {{ identifier_map({'cdnow_customer_id': 'customer_id'}) }} as identifiers,
        cast(null as varchar) as country_code,
        cast(null as varchar) as first_name,
        cast(null as varchar) as last_name,
        cast(null as varchar) as city,
        cast(null as varchar) as postcode,
        {{ local_noon('first_purchased_on') }} as first_seen_at,
        {{ local_noon('last_purchased_on') }} as last_seen_at
    from customers
)

select * from person_records
