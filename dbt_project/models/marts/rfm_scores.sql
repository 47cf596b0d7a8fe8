-- Equal customers get equal scores: a fifth is the share of buyers that are strictly
-- worse, so ties are never split by chance.
with histories as (
    select
        customer_id,
        orders_count,
        total_amount,
        age_days - recency_days as days_since_last_order
    from {{ ref('purchase_histories') }}
),

ranked as (
    select
        *,
        count(*) over () as buyers_count,
        rank() over (order by days_since_last_order desc) - 1 as less_recent_count,
        rank() over (order by orders_count) - 1 as less_frequent_count,
        rank() over (order by total_amount) - 1 as less_valuable_count
    from histories
),

scored as (
    select
        *,
        cast(
            1 + floor(5.0 * less_recent_count / buyers_count) as integer
        ) as recency_score,
        cast(
            1 + floor(5.0 * less_frequent_count / buyers_count) as integer
        ) as frequency_score,
        cast(
            1 + floor(5.0 * less_valuable_count / buyers_count) as integer
        ) as monetary_score
    from ranked
),

rfm_scores as (
    select
        customer_id,
        days_since_last_order,
        orders_count,
        total_amount,
        recency_score,
        frequency_score,
        monetary_score,
        cast(recency_score as varchar)
        || cast(frequency_score as varchar)
        || cast(monetary_score as varchar) as rfm_code,
        case
            when recency_score >= 4 and frequency_score >= 4 then 'champions'
            when recency_score >= 3 and frequency_score >= 3 then 'loyal'
            when recency_score <= 2 and frequency_score >= 4 then 'cannot_lose'
            when recency_score <= 2 and frequency_score >= 3 then 'at_risk'
            when recency_score >= 4 then 'promising'
            when recency_score = 3 then 'needs_attention'
            else 'hibernating'
        end as rfm_segment
    from scored
)

select * from rfm_scores
