-- A customer with a purchase has a score, whole, and its range holds the forecast's
-- order; nobody else has one.
{{ config(meta={'dagster': {'ref': {'name': 'customer_lifetime_values'}}}) }}

select coalesce(histories.customer_id, scores.customer_id) as customer_id
from {{ ref('purchase_histories') }} as histories
full outer join {{ source('steps', 'ltv_scores') }} as scores
    on histories.customer_id = scores.customer_id
where
    histories.customer_id is null
    or scores.customer_id is null
    or scores.probability_alive is null
    or scores.probability_alive not between 0 and 1
    or scores.predicted_revenue_365_days is null
    or scores.predicted_revenue_365_days < scores.predicted_revenue_90_days
    or scores.predicted_revenue_365_days_low is null
    or scores.predicted_revenue_365_days_high is null
    or scores.predicted_revenue_365_days_low > scores.predicted_revenue_365_days_high
