-- A customer is late by his or her own rhythm, not by a number of days that suits
-- nobody. The rhythm is the mean time between purchases with one purchase of the shop's
-- average customer thrown in, so that it exists from the first purchase on and a single
-- short gap does not set it.
with histories as (
    select
        customer_id,
        first_order_date,
        last_order_date,
        repeat_days_count,
        recency_days,
        {{ days_between('last_order_date', as_of_date()) }} as days_since_last_order
    from {{ ref('purchase_histories') }}
),

order_days as (
    select
        customer_id,
        placed_date
    from {{ ref('orders') }}
    where is_revenue and placed_date <= {{ as_of_date() }}
    group by customer_id, placed_date
),

-- A shop in which nobody came back yet has no rhythm: a quarter is taken until it has
-- one.
shop as (
    select
        coalesce(
            sum(recency_days) / nullif(sum(repeat_days_count), 0), 90
        ) as gap_days
    from histories
),

previous_days as (
    select
        histories.customer_id,
        max(order_days.placed_date) as previous_order_date
    from histories
    inner join order_days
        on
            histories.customer_id = order_days.customer_id
            and histories.last_order_date > order_days.placed_date
    group by histories.customer_id
),

rhythms as (
    select
        histories.*,
        previous_days.previous_order_date,
        cast(
            round(
                (histories.recency_days + shop.gap_days)
                / (histories.repeat_days_count + 1),
                2
            ) as decimal(12, 2)
        ) as rhythm_days,
        -- What it was before the last purchase; null until the second one.
        cast(
            round(
                (
                    {{ days_between(
                        'histories.first_order_date',
                        'previous_days.previous_order_date',
                    ) }} + shop.gap_days
                ) / nullif(histories.repeat_days_count, 0),
                2
            ) as decimal(12, 2)
        ) as earlier_rhythm_days
    from histories
    cross join shop
    left join previous_days on histories.customer_id = previous_days.customer_id
),

lifecycle_stages as (
    select
        customer_id,
        case
            when days_since_last_order > 4 * rhythm_days then 'lapsed'
            when days_since_last_order > 2 * rhythm_days then 'at_risk'
            when
                {{ days_between('previous_order_date', 'last_order_date') }}
                > 4 * earlier_rhythm_days
                then 'won_back'
            when repeat_days_count > 0 then 'active'
            else 'first_time_buyer'
        end as lifecycle_stage,
        rhythm_days,
        cast(days_since_last_order as integer) as days_since_last_order,
        last_order_date,
        previous_order_date
    from rhythms
)

select * from lifecycle_stages
