with identity_map as (
    select
        record_id,
        customer_id
    from {{ ref('identity_map') }}
),

earlier_ledger as (
    select
        record_id,
        customer_id,
        sequence
    from {{ source('ids', 'customer_ids') }}
    where as_of < {{ as_of() }}
),

earlier_ids as (
    select distinct customer_id
    from earlier_ledger
),

previous_map as (
    select
        record_id,
        max_by(customer_id, sequence) as customer_id
    from earlier_ledger
    group by record_id
),

living_ids as (
    select distinct customer_id
    from identity_map
),

transitions as (
    select
        previous_map.customer_id as previous_customer_id,
        identity_map.customer_id,
        count(*) as records_count
    from identity_map
    left join previous_map on identity_map.record_id = previous_map.record_id
    where identity_map.customer_id is distinct from previous_map.customer_id
    group by previous_map.customer_id, identity_map.customer_id
),

successors as (
    select distinct customer_id
    from transitions
    where previous_customer_id is not null
),

described as (
    select
        transitions.previous_customer_id,
        transitions.customer_id,
        transitions.records_count,
        earlier_ids.customer_id is null as is_new,
        living_ids.customer_id is not null as is_previous_living,
        successors.customer_id is not null as has_earlier_members
    from transitions
    left join earlier_ids on transitions.customer_id = earlier_ids.customer_id
    left join living_ids
        on transitions.previous_customer_id = living_ids.customer_id
    left join successors on transitions.customer_id = successors.customer_id
),

identity_changes as (
    select
        case
            when previous_customer_id is null then 'created'
            when not is_previous_living then 'merged'
            when is_new then 'split'
            else 'moved'
        end as change_type,
        customer_id,
        previous_customer_id,
        records_count,
        {{ as_of() }} as changed_at
    from described
    where
        previous_customer_id is not null
        or (is_new and not has_earlier_members)
)

select * from identity_changes
