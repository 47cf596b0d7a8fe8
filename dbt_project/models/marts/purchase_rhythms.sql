-- A customer is late by his or her own rhythm, not by a number of days that suits
-- nobody. The rhythm is the mean time between purchases with one purchase of the shop's
-- average customer thrown in, so that it exists from the first purchase on and a single
-- short gap does not set it.
with purchase_days as (
    select
        customer_id,
        placed_date,
        min(placed_date) over (partition by customer_id) as first_date,
        row_number() over (
            partition by customer_id order by placed_date
        ) as purchase_number,
        lead(placed_date) over (
            partition by customer_id order by placed_date
        ) as next_date
    from {{ ref('purchase_days') }}
),

-- A shop in which nobody came back yet has no rhythm: a quarter is taken until it has
-- one.
shop as (
    select
        coalesce(
            sum(recency_days) / nullif(sum(repeat_days_count), 0), 90
        ) as gap_days
    from {{ ref('purchase_histories') }}
),

rhythms as (
    select
        purchase_days.*,
        cast(
            round(
                (
                    {{ days_between(
                        'purchase_days.first_date', 'purchase_days.placed_date'
                    ) }} + shop.gap_days
                ) / purchase_days.purchase_number,
                2
            ) as decimal(12, 2)
        ) as rhythm_days
    from purchase_days
    cross join shop
),

-- The first day that is more than four times the rhythm away.
limits as (
    select
        *,
        placed_date + cast(floor(4 * rhythm_days) as integer) + 1 as lapse_date
    from rhythms
),

purchase_rhythms as (
    select
        customer_id,
        placed_date,
        cast(purchase_number as integer) as purchase_number,
        rhythm_days,
        next_date,
        case
            when coalesce(next_date, {{ as_of_date() }}) >= lapse_date then lapse_date
        end as lapsed_date
    from limits
)

select * from purchase_rhythms
