-- Day by day and customer by customer it is the same count: whoever bought and has not
-- lapsed.
{{ config(meta={'dagster': {'ref': {'name': 'kpis_daily'}}}) }}

with last_day as (
    select active_customers_count
    from {{ ref('kpis_daily') }}
    where calendar_date = {{ as_of_date() }}
),

stages as (
    select count(*) filter (where lifecycle_stage <> 'lapsed') as customers_count
    from {{ ref('lifecycle_stages') }}
)

select
    last_day.active_customers_count,
    stages.customers_count
from last_day
cross join stages
where last_day.active_customers_count <> stages.customers_count
