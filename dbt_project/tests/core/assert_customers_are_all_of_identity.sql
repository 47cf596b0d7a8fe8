-- Everyone whom identity knows is a customer, once, with all of his or her records.
select
    count(distinct identity_map.customer_id) as known_count,
    max(core.customers_count) as customers_count,
    count(*) as known_records_count,
    max(core.records_count) as records_count
from {{ ref('identity_map') }} as identity_map
cross join (
    select
        count(*) as customers_count,
        coalesce(sum(records_count), 0) as records_count
    from {{ ref('customers') }}
) as core
having
    count(distinct identity_map.customer_id) <> coalesce(max(core.customers_count), 0)
    or count(*) <> coalesce(max(core.records_count), 0)
