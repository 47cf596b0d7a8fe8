with customers as (
    select
        customer_id,
        count(*) as records_count,
        count(distinct source_name) as sources_count
    from {{ ref('identity_map') }}
    group by customer_id
),

sizes as (
    select
        coalesce(sum(records_count), 0) as records,
        count(*) as customers,
        count(*) filter (where records_count = 1) as singletons,
        count(*) filter (where sources_count > 1) as customers_in_several_sources,
        coalesce(max(records_count), 0) as largest_group
    from customers
),

rejections as (
    select
        count(*) filter (where reason = 'blocked') as values_blocked,
        count(*) filter (where reason = 'malformed') as values_malformed,
        count(*) filter (where reason = 'over_cap') as values_over_cap,
        count(*) filter (where reason = 'ambiguous') as devices_ambiguous
    from {{ ref('identifier_rejections') }}
),

refusals as (
    select count(*) as merges_refused
    from {{ ref('identity_refusals') }}
),

changes as (
    select
        count(*) filter (where change_type = 'created') as customers_created,
        count(*) filter (where change_type = 'merged') as merged_count,
        count(*) filter (where change_type = 'split') as split_count,
        coalesce(
            sum(records_count) filter (where change_type <> 'created'), 0
        ) as records_moved
    from {{ ref('identity_changes') }}
),

aliases as (
    select count(*) as retired_ids
    from {{ ref('identity_aliases') }}
),

measures as (
    select
        'records' as measure,
        cast(records as bigint) as value
    from sizes
    union all
    select
        'customers' as measure,
        cast(customers as bigint) as value
    from sizes
    union all
    select
        'singletons' as measure,
        cast(singletons as bigint) as value
    from sizes
    union all
    select
        'customers_in_several_sources' as measure,
        cast(customers_in_several_sources as bigint) as value
    from sizes
    union all
    select
        'largest_group' as measure,
        cast(largest_group as bigint) as value
    from sizes
    union all
    select
        'values_blocked' as measure,
        cast(values_blocked as bigint) as value
    from rejections
    union all
    select
        'values_malformed' as measure,
        cast(values_malformed as bigint) as value
    from rejections
    union all
    select
        'values_over_cap' as measure,
        cast(values_over_cap as bigint) as value
    from rejections
    union all
    select
        'devices_ambiguous' as measure,
        cast(devices_ambiguous as bigint) as value
    from rejections
    union all
    select
        'merges_refused' as measure,
        cast(merges_refused as bigint) as value
    from refusals
    union all
    select
        'customers_created' as measure,
        cast(customers_created as bigint) as value
    from changes
    union all
    select
        'merges' as measure,
        cast(merged_count as bigint) as value
    from changes
    union all
    select
        'splits' as measure,
        cast(split_count as bigint) as value
    from changes
    union all
    select
        'records_moved' as measure,
        cast(records_moved as bigint) as value
    from changes
    union all
    select
        'retired_ids' as measure,
        cast(retired_ids as bigint) as value
    from aliases
)

select * from measures
