with rhythms as (
    select
        customer_id,
        placed_date,
        purchase_number,
        rhythm_days,
        next_date,
        lapsed_date,
        lag(placed_date) over (
            partition by customer_id order by placed_date
        ) as previous_order_date,
        lag(lapsed_date) over (
            partition by customer_id order by placed_date
        ) as earlier_lapsed_date,
        {{ days_between('placed_date', as_of_date()) }} as days_since_last_order
    from {{ ref('purchase_rhythms') }}
),

lifecycle_stages as (
    select
        customer_id,
        case
            when lapsed_date is not null then 'lapsed'
            when days_since_last_order > 2 * rhythm_days then 'at_risk'
            when earlier_lapsed_date is not null then 'won_back'
            when purchase_number > 1 then 'active'
            else 'first_time_buyer'
        end as lifecycle_stage,
        rhythm_days,
        cast(days_since_last_order as integer) as days_since_last_order,
        placed_date as last_order_date,
        previous_order_date
    from rhythms
    where next_date is null
)

select * from lifecycle_stages
