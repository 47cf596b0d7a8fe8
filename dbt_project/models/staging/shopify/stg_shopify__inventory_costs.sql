-- Every delivered version is kept, since an order costs what its goods cost then. Before
-- the first one nothing else is known than what it says.
with versions as (
    {{ latest_version(
        source('raw', 'shopify_inventory_items'),
        ['id', 'updated_at'],
        none,
        ['_source', '_prefix', '_currency', 'id', 'cost', 'updated_at'],
    ) }}
),

compared as (
    select
        _source,
        _prefix,
        _currency,
        id,
        cost,
        updated_at,
        row_number() over (partition by _source, id order by updated_at) as version_number,
        lag(cost) over (partition by _source, id order by updated_at) as earlier_cost
    from versions
),

changes as (
    select
        _source,
        _prefix,
        _currency,
        id,
        cost,
        case when version_number > 1 then updated_at end as valid_from,
        lead(updated_at) over (partition by _source, id order by updated_at) as valid_to
    from compared
    where version_number = 1 or cost is distinct from earlier_cost
),

inventory_costs as (
    select
        _source as source_name,
        _prefix || cast(id as varchar) as inventory_item_id,
        cast(cost as decimal(18, 3)) as unit_cost_amount,
        _currency as currency_code,
        valid_from,
        valid_to
    from changes
    where cost is not null
)

select * from inventory_costs
