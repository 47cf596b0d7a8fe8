-- Where the records that once bore a retired id are now: an alias always names a living customer,
-- never another alias.
with identity_map as (
    select
        record_id,
        customer_id
    from {{ ref('identity_map') }}
),

ledger as (
    select
        record_id,
        customer_id,
        as_of,
        sequence
    from {{ source('ids', 'customer_ids') }}
),

living_ids as (
    select distinct customer_id
    from identity_map
),

retired_ids as (
    select distinct ledger.customer_id
    from ledger
    where ledger.customer_id not in (select customer_id from living_ids)
),

former_holders as (
    select distinct ledger.record_id
    from ledger
    where ledger.customer_id in (select customer_id from retired_ids)
),

histories as (
    select
        record_id,
        customer_id,
        lead(as_of) over (partition by record_id order by sequence) as left_at
    from ledger
    where record_id in (select record_id from former_holders)
),

whereabouts as (
    select
        histories.customer_id as alias_customer_id,
        identity_map.customer_id,
        count(distinct histories.record_id) as records_count,
        max(coalesce(histories.left_at, {{ as_of() }})) as left_at
    from histories
    inner join identity_map on histories.record_id = identity_map.record_id
    where histories.customer_id in (select customer_id from retired_ids)
    group by histories.customer_id, identity_map.customer_id
),

retirements as (
    select
        alias_customer_id,
        max(left_at) as valid_from,
        count(*) as successors_count
    from whereabouts
    group by alias_customer_id
),

successors as (
    select
        alias_customer_id,
        customer_id
    from whereabouts
    qualify
        row_number() over (
            partition by alias_customer_id
            order by records_count desc, customer_id asc
        ) = 1
),

identity_aliases as (
    select
        successors.alias_customer_id,
        successors.customer_id,
        retirements.valid_from,
        case when retirements.successors_count = 1 then 'merged' else 'split' end
            as change_type
    from successors
    inner join retirements
        on successors.alias_customer_id = retirements.alias_customer_id
)

select * from identity_aliases
