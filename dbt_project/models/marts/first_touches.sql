with visits as (
    select
        customer_id,
        session_id,
        started_at,
        channel,
        utm_campaign,
        row_number() over (
            partition by customer_id order by started_at, session_id
        ) as visit_number
    from {{ ref('touchpoints') }}
    where customer_id is not null
),

first_touches as (
    select
        customer_id,
        session_id,
        started_at as first_touch_at,
        channel as first_channel,
        utm_campaign as first_campaign
    from visits
    where visit_number = 1
)

select * from first_touches
