-- Gone is who was deleted in one place, stands in no other, and has bought nothing since. Traces of
-- what somebody did (orders, charges, visits) are left by people who are gone, too.
with deleted_records as (
    select
        record_id,
        customer_id,
        deleted_at
    from {{ ref('deleted_records') }}
),

concerned as (
    select distinct customer_id
    from deleted_records
),

records as (
    select
        identity_map.customer_id,
        deleted_records.deleted_at,
        coalesce(record_kinds.is_trace, false) as is_trace
    from {{ ref('identity_map') }} as identity_map
    inner join concerned on identity_map.customer_id = concerned.customer_id
    left join deleted_records on identity_map.record_id = deleted_records.record_id
    left join {{ source('declared', 'record_kinds') }} as record_kinds
        on split_part(identity_map.record_id, ':', 1) = record_kinds.record_kind
),

deletions as (
    select
        customer_id,
        max(deleted_at) as deleted_at,
        cast(count(deleted_at) as integer) as records_count
    from records
    group by customer_id
    having bool_and(is_trace or deleted_at is not null)
),

purchases as (
    select
        customer_id,
        max(placed_at) as last_placed_at
    from {{ ref('orders') }}
    where not is_test
    group by customer_id
),

deleted_customers as (
    select
        deletions.customer_id,
        deletions.deleted_at,
        deletions.records_count
    from deletions
    left join purchases on deletions.customer_id = purchases.customer_id
    where coalesce(purchases.last_placed_at <= deletions.deleted_at, true)
)

select * from deleted_customers
