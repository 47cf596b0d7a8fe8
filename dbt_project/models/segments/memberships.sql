with members as (
    {{ segment_members() }}
),

entries as (
    select
        segment,
        customer_id,
        max(as_of) as entered_at
    from {{ ref('membership_changes') }}
    where change = 'entered'
    group by segment, customer_id
),

memberships as (
    select
        members.segment,
        members.customer_id,
        cast(members.segment_version as integer) as segment_version,
        entries.entered_at,
        row_number() over (
            partition by members.list_name, members.customer_id
            order by members.priority asc, members.segment asc
        ) = 1 as is_chosen
    from members
    inner join entries
        on
            members.segment = entries.segment
            and members.customer_id = entries.customer_id
)

select * from memberships
