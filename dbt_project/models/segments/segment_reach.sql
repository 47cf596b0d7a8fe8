-- Who could be written to if the whole segment was: judged as a delivery judges it, by
-- the customer's own address or number. Zero where a question was never asked.
with members as (
    select
        segment,
        customer_id,
        is_chosen
    from {{ ref('memberships') }}
),

customers as (
    select
        customer_id,
        email,
        phone
    from {{ ref('customers') }}
),

consents as (
    select
        contact_point_type,
        contact_point,
        channel,
        purpose,
        state
    from {{ ref('consents') }}
),

exclusions as (
    select
        contact_point_type,
        contact_point,
        purpose
    from {{ ref('exclusions') }}
),

questions as (
    select distinct
        contact_point_type,
        channel,
        purpose
    from consents
),

contact_points as (
    select
        customer_id,
        'email' as contact_point_type,
        email as contact_point
    from customers
    where email is not null
    union all
    select
        customer_id,
        'phone' as contact_point_type,
        phone as contact_point
    from customers
    where phone is not null
),

-- A reason without a purpose is one for every purpose.
excluded as (
    select
        exclusions.contact_point_type,
        exclusions.contact_point,
        questions.purpose
    from exclusions
    inner join questions
        on exclusions.contact_point_type = questions.contact_point_type
    where exclusions.purpose is null or exclusions.purpose = questions.purpose
    group by all
),

reachable as (
    select
        consents.contact_point_type,
        consents.contact_point,
        consents.channel,
        consents.purpose
    from consents
    left join excluded
        on
            consents.contact_point_type = excluded.contact_point_type
            and consents.contact_point = excluded.contact_point
            and consents.purpose = excluded.purpose
    where consents.state = 'granted' and excluded.contact_point is null
),

segment_reach as (
    select
        members.segment,
        questions.channel,
        questions.purpose,
        cast(count(*) as integer) as members_count,
        cast(count(contact_points.contact_point) as integer) as contacts_count,
        cast(count(reachable.contact_point) as integer) as reachable_count,
        cast(count(reachable.contact_point) filter (where members.is_chosen) as integer)
            as chosen_reachable_count
    from members
    cross join questions
    left join contact_points
        on
            members.customer_id = contact_points.customer_id
            and questions.contact_point_type = contact_points.contact_point_type
    left join reachable
        on
            contact_points.contact_point_type = reachable.contact_point_type
            and contact_points.contact_point = reachable.contact_point
            and questions.channel = reachable.channel
            and questions.purpose = reachable.purpose
    group by members.segment, questions.channel, questions.purpose
)

select * from segment_reach
