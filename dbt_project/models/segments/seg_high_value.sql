-- The tenth of the buyers that is worth most: what they spent, and are expected to
-- spend within a year.
with lifetime_values as (
    select
        customer_id,
        currency_code,
        historic_revenue,
        predicted_revenue_365_days,
        is_fallback,
        lifetime_value
    from {{ ref('customer_lifetime_values') }}
    where lifetime_value > 0
),

ranked as (
    select
        *,
        count(*) over () as buyers_count,
        rank() over (order by lifetime_value desc) as value_rank
    from lifetime_values
),

seg_high_value as (
    select
        customer_id,
        currency_code,
        lifetime_value,
        historic_revenue,
        predicted_revenue_365_days,
        is_fallback as is_prediction_fallback,
        cast(value_rank as integer) as value_rank
    from ranked
    -- Equals are in or out together, so the segment may be a little larger than a
    -- tenth.
    where value_rank <= ceil(buyers_count * 0.1)
)

select * from seg_high_value
