"""Sums over the scored customers: by method, and by segment with an interval. SQL text only."""

# Standard deviations on either side that leave a tenth beyond each.
DEVIATIONS_80 = 1.2815516
# The segment that is everybody; the others are first channels.
ALL_CUSTOMERS = "all customers"


def totals(horizons: tuple[int, ...]) -> str:
    """Customers by method and reason with their expected orders and revenue in total."""
    sums = ", ".join(
        f"sum(expected_orders_{days}_days), sum(predicted_revenue_{days}_days)" for days in horizons
    )
    return f"""
select method, fallback_reason, count(*), {sums}
from step_scores group by method, fallback_reason order by method, fallback_reason nulls first
"""


def segment_totals(horizons: tuple[int, ...]) -> str:
    """All customers' and each first channel's predicted revenue with its 80 % interval.

    Reads temp tables `step_scores`, `step_channels` (customers with a known channel) and the view
    `step_errors` of relative errors per horizon: model_error, and backtest_error, null when
    there is no backtest.
    """
    parts = "\n    union all\n    ".join(
        f"""select
        customer_id,
        {days} as horizon_days,
        is_fallback,
        expected_orders_{days}_days as expected_orders,
        predicted_revenue_{days}_days as predicted_revenue,
        variance_{days}::decimal(38, 4) as variance
    from step_scores"""
        for days in horizons
    )
    return f"""
with forecasts as (
    {parts}
),
segments as (
    select customer_id, '{ALL_CUSTOMERS}' as segment from step_scores
    union all
    select step_scores.customer_id, coalesce(step_channels.first_channel, 'unknown') as segment
    from step_scores
    left join step_channels on step_scores.customer_id = step_channels.customer_id
),
summed as (
    select
        segment,
        horizon_days,
        count(*) as customers_count,
        count(*) filter (is_fallback) as fallback_customers_count,
        sum(expected_orders) as expected_orders,
        sum(predicted_revenue) as predicted_revenue,
        sum(variance) as variance
    from segments
    inner join forecasts on segments.customer_id = forecasts.customer_id
    group by segment, horizon_days
),
parts as (
    select
        summed.*,
        if(
            fallback_customers_count < customers_count,
            sqrt(variance::double + pow(predicted_revenue::double * model_error, 2)),
            null
        ) as model_part,
        if(
            fallback_customers_count < customers_count,
            predicted_revenue::double * backtest_error,
            null
        ) as backtest_part,
        {DEVIATIONS_80} * sqrt(
            pow(model_part, 2) + pow(coalesce(backtest_part, 0), 2)
        ) as half_width
    from summed
    inner join step_errors on summed.horizon_days = step_errors.horizon_days
)
select
    segment,
    horizon_days,
    customers_count,
    fallback_customers_count,
    expected_orders::decimal(18, 4) as expected_orders,
    predicted_revenue::decimal(18, 2) as predicted_revenue,
    model_part::decimal(18, 2) as model_standard_error,
    backtest_part::decimal(18, 2) as backtest_standard_error,
    if(
        half_width is null, null, greatest(predicted_revenue::double - half_width, 0)
    )::decimal(18, 2) as predicted_revenue_low,
    (predicted_revenue::double + half_width)::decimal(18, 2) as predicted_revenue_high,
    case
        when model_part is null then 'none: cohort average'
        when backtest_part is null then 'model only: no backtest yet'
        else 'model and backtest'
    end as interval_basis
from parts
order by horizon_days, segment
"""
