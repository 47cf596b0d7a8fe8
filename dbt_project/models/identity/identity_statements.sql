-- A charge or a checkout that names nobody by account or address belongs with its order: who pays
-- an order may be somebody else, but a nameless one would be a customer of its own.
with orders as (
    {{ union_feed('orders', {
        'source_name': 'varchar',
        'record_id': 'varchar',
        'order_id': 'varchar',
        'checkout_token': 'varchar',
        'placed_at': 'timestamp',
    }) }}
),

nameless_charges as (
    select
        record_id,
        order_id
    from {{ ref('stg_stripe__charges') }}
    where
        identifiers['email'] is null
        and identifiers['stripe_customer_id'] is null
),

staged_checkouts as (
    {{ union_feed('checkouts', {
        'source_name': 'varchar',
        'record_id': 'varchar',
        'checkout_token': 'varchar',
        'identifiers': 'map(varchar, varchar)',
    }) }}
),

-- A number alone may be a household's.
nameless_checkouts as (
    select
        source_name,
        record_id,
        checkout_token
    from staged_checkouts
    where
        cardinality(identifiers)
        = case when identifiers['phone'] is null then 0 else 1 end
),

stated_merges as (
    {{ union_feed('merges', {
        'record_id': 'varchar',
        'merged_record_id': 'varchar',
        'seen_at': 'timestamp',
    }) }}
),

merged_records as (
    select
        stated_merges.record_id as left_record_id,
        stated_merges.merged_record_id as right_record_id,
        stated_merges.seen_at as stated_at
    from stated_merges
    inner join {{ ref('source_records') }} as remaining_records
        on stated_merges.record_id = remaining_records.record_id
    inner join {{ ref('source_records') }} as merged_records
        on stated_merges.merged_record_id = merged_records.record_id
),

overrides as (
    select
        overrides.left_record_id,
        overrides.right_record_id,
        overrides.created_at as stated_at
    from {{ ref('identity_overrides') }} as overrides
    inner join {{ ref('source_records') }} as left_records
        on overrides.left_record_id = left_records.record_id
    inner join {{ ref('source_records') }} as right_records
        on overrides.right_record_id = right_records.record_id
    where overrides.rule = 'same'
),

name_matches as (
    select
        matches.left_record_id,
        matches.right_record_id,
        (floor(least(matches.probability, 0.99) * 100) / 100)::decimal(3, 2)
            as match_confidence,
        greatest(left_records.first_seen_at, right_records.first_seen_at) as stated_at
    from {{ source('steps', 'name_matches') }} as matches
    inner join {{ ref('source_records') }} as left_records
        on matches.left_record_id = left_records.record_id
    inner join {{ ref('source_records') }} as right_records
        on matches.right_record_id = right_records.record_id
),

statements as (
    select
        left_record_id,
        right_record_id,
        'override' as match_rule,
        0 as priority,
        1.00 as match_confidence,
        stated_at
    from overrides
    union all
    select
        left_record_id,
        right_record_id,
        'merged_in_source' as match_rule,
        5 as priority,
        1.00 as match_confidence,
        stated_at
    from merged_records
    union all
    select
        nameless_charges.record_id as left_record_id,
        orders.record_id as right_record_id,
        'same_order' as match_rule,
        70 as priority,
        1.00 as match_confidence,
        orders.placed_at as stated_at
    from nameless_charges
    inner join orders on nameless_charges.order_id = orders.order_id
    union all
    select
        nameless_checkouts.record_id as left_record_id,
        orders.record_id as right_record_id,
        'same_order' as match_rule,
        70 as priority,
        1.00 as match_confidence,
        orders.placed_at as stated_at
    from nameless_checkouts
    inner join orders
        on
            nameless_checkouts.source_name = orders.source_name
            and nameless_checkouts.checkout_token = orders.checkout_token
    union all
    select
        left_record_id,
        right_record_id,
        'name_match' as match_rule,
        80 as priority,
        match_confidence,
        stated_at
    from name_matches
)

select * from statements
