-- The history up to this night, and what this night changes. The history never holds
-- this night's own rows, so that building the night twice gives the same rows twice.
with members as (
    {{ segment_members() }}
),

history as (
    select
        segment,
        customer_id,
        change,
        segment_version,
        cast(replace(as_of, 'Z', '') as timestamp) as as_of
    from {{ source('control', 'segment_changes') }}
),

ranked_history as (
    select
        *,
        row_number() over (
            partition by segment, customer_id order by as_of desc
        ) as recency
    from history
),

earlier_members as (
    select
        segment,
        customer_id,
        segment_version
    from ranked_history
    where recency = 1 and change = 'entered'
),

changes as (
    select
        coalesce(members.segment, earlier_members.segment) as segment,
        coalesce(members.customer_id, earlier_members.customer_id) as customer_id,
        case
            when earlier_members.customer_id is null then 'entered' else 'left'
        end as change,
        coalesce(
            members.segment_version, earlier_members.segment_version
        ) as segment_version,
        {{ as_of() }} as as_of
    from members
    full outer join earlier_members
        on
            members.segment = earlier_members.segment
            and members.customer_id = earlier_members.customer_id
    where members.customer_id is null or earlier_members.customer_id is null
),

membership_changes as (
    select
        segment,
        customer_id,
        change,
        cast(segment_version as integer) as segment_version,
        as_of
    from history
    union all
    select
        segment,
        customer_id,
        change,
        cast(segment_version as integer) as segment_version,
        as_of
    from changes
)

select * from membership_changes
