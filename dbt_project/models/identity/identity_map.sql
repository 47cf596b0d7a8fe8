-- A group takes the id that was minted first among its members; an id whose holders have been
-- parted stays with the part that holds most of the strong identifiers. The order is the ledger's,
-- never an event's time: a late file cannot turn it.
with groups as (
    select
        source_name,
        record_id,
        group_id,
        match_rule,
        match_confidence
    from {{ ref('identity_groups') }}
),

ledger as (
    select
        record_id,
        customer_id,
        sequence
    from {{ source('ids', 'customer_ids') }}
),

minted_ids as (
    select
        customer_id,
        min(sequence) as minted_sequence
    from ledger
    group by customer_id
),

current_ids as (
    select
        record_id,
        max_by(customer_id, sequence) as customer_id
    from ledger
    group by record_id
),

parts as (
    select
        groups.group_id,
        current_ids.customer_id,
        min(groups.record_id) as first_record_id
    from groups
    inner join current_ids on groups.record_id = current_ids.record_id
    group by groups.group_id, current_ids.customer_id
),

parted_ids as (
    select customer_id
    from parts
    group by customer_id
    having count(*) > 1
),

identifier_types as (
    select identifier_type
    from {{ ref('identifier_types') }}
    where is_strong
),

identifiers as (
    select
        record_id,
        identifier_type,
        identifier_value
    from {{ ref('identifiers') }}
    where
        identifier_value is not null
        and identifier_type in (select identifier_type from identifier_types)
),

part_strengths as (
    select
        groups.group_id,
        current_ids.customer_id,
        count(distinct identifiers.identifier_type || ':' || identifiers.identifier_value)
            as strong_identifiers_count
    from current_ids
    inner join parted_ids on current_ids.customer_id = parted_ids.customer_id
    inner join groups on current_ids.record_id = groups.record_id
    inner join identifiers on current_ids.record_id = identifiers.record_id
    group by groups.group_id, current_ids.customer_id
),

heirs as (
    select
        parts.group_id,
        parts.customer_id
    from parts
    left join part_strengths
        on
            parts.group_id = part_strengths.group_id
            and parts.customer_id = part_strengths.customer_id
    qualify
        row_number() over (
            partition by parts.customer_id
            order by
                coalesce(part_strengths.strong_identifiers_count, 0) desc,
                parts.first_record_id
        ) = 1
),

kept_ids as (
    select
        heirs.group_id,
        heirs.customer_id
    from heirs
    inner join minted_ids on heirs.customer_id = minted_ids.customer_id
    qualify
        row_number() over (
            partition by heirs.group_id
            order by minted_ids.minted_sequence, heirs.customer_id
        ) = 1
),

founders as (
    select
        groups.group_id,
        min(groups.record_id) as record_id
    from groups
    left join kept_ids on groups.group_id = kept_ids.group_id
    where kept_ids.group_id is null
    group by groups.group_id
),

first_choices as (
    select
        group_id,
        record_id,
        'c_' || {{ keyed_hash('record_id') }} as customer_id
    from founders
),

new_ids as (
    select
        first_choices.group_id,
        case
            when minted_ids.customer_id is null then first_choices.customer_id
            else
                'c_'
                || {{ keyed_hash("first_choices.record_id || '#' || " ~ iso_text(as_of())) }}
        end as customer_id
    from first_choices
    left join minted_ids on first_choices.customer_id = minted_ids.customer_id
),

group_ids as (
    select * from kept_ids
    union all
    select * from new_ids
),

identity_map as (
    select
        groups.record_id,
        groups.source_name,
        group_ids.customer_id,
        groups.match_rule,
        groups.match_confidence
    from groups
    inner join group_ids on groups.group_id = group_ids.group_id
)

select * from identity_map
