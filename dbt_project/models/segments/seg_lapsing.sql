-- Late by their own rhythm, but not gone yet: the time to write to them is now.
with stages as (
    select
        customer_id,
        last_order_date,
        days_since_last_order,
        rhythm_days
    from {{ ref('lifecycle_stages') }}
    where lifecycle_stage = 'at_risk'
),

histories as (
    select
        customer_id,
        orders_count,
        total_amount
    from {{ ref('purchase_histories') }}
),

seg_lapsing as (
    select
        stages.customer_id,
        stages.last_order_date,
        stages.days_since_last_order,
        stages.rhythm_days,
        histories.orders_count,
        {{ reporting_currency() }} as currency_code,
        histories.total_amount as historic_revenue
    from stages
    inner join histories on stages.customer_id = histories.customer_id
)

select * from seg_lapsing
