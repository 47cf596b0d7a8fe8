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

changes as (
    select
        count(*) filter (where change_type = 'created') as customers_created,
        count(*) filter (where change_type = 'merged') as merges,
        count(*) filter (where change_type = 'split') as splits,
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
    {% for measure, relation in {
        'records': 'sizes',
        'customers': 'sizes',
        'singletons': 'sizes',
        'customers_in_several_sources': 'sizes',
        'largest_group': 'sizes',
        'values_blocked': 'rejections',
        'values_malformed': 'rejections',
        'values_over_cap': 'rejections',
        'devices_ambiguous': 'rejections',
        'customers_created': 'changes',
        'merges': 'changes',
        'splits': 'changes',
        'records_moved': 'changes',
        'retired_ids': 'aliases',
    }.items() %}
    select
        '{{ measure }}' as measure,
        cast({{ measure }} as bigint) as value
    from {{ relation }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select * from measures
