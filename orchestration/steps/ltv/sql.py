"""The set-based half of the step: histories in, cells and cohorts out,
forecasts joined back to customers. SQL text only.

Written for DuckDB. Sums are of decimals and integers, so that they do not depend on the order in
which threads add.
"""

# A cohort smaller than this says nothing of its own; the average of all customers stands in.
SMALLEST_COHORT = 30
# A customer younger than this counts as this old in a cohort's rate: two orders in the first week
# are not a hundred a year.
LEAST_AGE_DAYS = 90
# A cohort's stand-in for P(alive): the share of its customers that ordered in this many days.
ACTIVE_DAYS = 90

# Negative spend (more refunded than paid) counts as zero: an order value model knows
# no negative orders.
HISTORIES = """
create or replace temp table step_histories as
select
    customer_id,
    cohort_month,
    last_order_date,
    first_order_date,
    repeat_days_count::bigint as repeats,
    recency_days::bigint as recency_days,
    age_days::bigint as age_days,
    order_days_count::bigint as order_days,
    repeat_amount,
    greatest(coalesce(total_amount, 0), 0)::decimal(18, 2) as spend,
    coalesce(
        repeat_days_count >= 0
        and order_days_count = repeat_days_count + 1
        and recency_days between 0 and age_days
        and (repeat_days_count = 0) = (recency_days = 0),
        false
    ) as is_possible
from {histories}
"""

COUNTS = """
select
    count(*) as customers,
    count(distinct customer_id) as distinct_customers,
    count(*) filter (is_possible) as buyers,
    count(*) filter (is_possible and order_days >= 3) as frequent_buyers,
    count(*) filter (is_possible and repeats > 0 and repeat_amount > 0) as repeaters,
    count(*) filter (spend <= 0) as customers_without_spend,
    min(first_order_date) filter (is_possible) as first_order_date,
    max(last_order_date) filter (is_possible) as last_order_date
from step_histories
"""

CELLS = """
select repeats, recency_days, age_days, count(*) as customers
from step_histories
where is_possible
group by all
order by all
"""

REPEAT_ORDERS = """
select repeats, (repeat_amount::double / repeats) as mean_amount, count(*) as customers
from step_histories
where is_possible and repeats > 0 and repeat_amount > 0
group by repeats, repeat_amount
order by repeats, repeat_amount
"""

COHORT_FIGURES = f"""
    sum(repeats)::double / sum(greatest(age_days, {LEAST_AGE_DAYS})) as orders_per_day,
    sum(spend)::double / sum(order_days) as order_amount,
    count(*) filter (age_days - recency_days < {ACTIVE_DAYS})::double / count(*) as active_share,
"""

COHORTS = f"""
create or replace temp table step_cohorts as
with everyone as (
    select {COHORT_FIGURES} from step_histories where is_possible
),
cohorts as (
    select cohort_month, {COHORT_FIGURES}
    from step_histories
    where is_possible
    group by cohort_month
    having count(*) >= {SMALLEST_COHORT}
),
months as (
    select cohort_month from step_histories group by cohort_month
)
select
    months.cohort_month,
    coalesce(cohorts.orders_per_day, everyone.orders_per_day, 0) as orders_per_day,
    coalesce(cohorts.order_amount, everyone.order_amount, 0) as order_amount,
    coalesce(cohorts.active_share, everyone.active_share, 0) as active_share
from months
cross join everyone
left join cohorts on months.cohort_month is not distinct from cohorts.cohort_month
"""


def scores(horizons: tuple[int, ...]) -> str:
    """Makes temp table `step_scores`.

    Parameters: $as_of_date, $p, $q, $gamma, $model, $method and $reason (the last two of customers
    without a forecast; the reason is null when the night has forecasts). Reads temp tables
    `step_histories` and `step_cohorts` and the view `step_cells` of forecasts per cell (empty =
    nobody has one). The cohort's range takes rates as spread exponentially: then the number of
    orders is geometric with the cohort's mean.
    """
    longest = max(horizons)
    cell_orders = ",\n        ".join(
        f"step_cells.expected_orders_{days},\n        step_cells.expected_squares_{days}"
        for days in horizons
    )
    forecast_orders = ",\n        ".join(
        f"if(is_model, expected_orders_{days}, orders_per_day * {days}) as orders_{days}"
        for days in horizons
    )
    variances = ",\n        ".join(
        f"""if(
            is_model,
            pow($gamma + spend, 2) / (($q + $p * order_days - 1) * ($q + $p * order_days - 2))
            * ($p * expected_orders_{days} + pow($p, 2) * expected_squares_{days})
            - pow(expected_orders_{days} * $p * ($gamma + spend) / ($q + $p * order_days - 1), 2),
            null
        ) as variance_{days}"""
        for days in horizons
    )
    spreads = ",\n    ".join(f"variance_{days}" for days in horizons)
    orders = ",\n    ".join(
        f"orders_{days}::decimal(12, 4) as expected_orders_{days}_days" for days in horizons
    )
    revenue = ",\n    ".join(
        f"(orders_{days} * order_value)::decimal(18, 2) as predicted_revenue_{days}_days"
        for days in horizons
    )
    return f"""
create or replace temp table step_scores as
with joined as (
    select
        step_histories.customer_id,
        step_histories.is_possible,
        step_histories.order_days,
        step_histories.spend::double as spend,
        step_cohorts.orders_per_day,
        step_cohorts.order_amount,
        step_cohorts.active_share,
        step_cells.repeats is not null as is_model,
        step_cells.probability_alive,
        {cell_orders},
        step_cells.low as low_factor,
        step_cells.high as high_factor,
        step_cells.next_order_days,
        ln(nullif(orders_per_day, 0) * {longest} / (1 + orders_per_day * {longest})) as log_ratio
    from step_histories
    inner join step_cohorts
        on step_histories.cohort_month is not distinct from step_cohorts.cohort_month
    left join step_cells
        on if(step_histories.is_possible, step_histories.repeats, null) = step_cells.repeats
        and step_histories.recency_days = step_cells.recency_days
        and step_histories.age_days = step_cells.age_days
),
forecasts as (
    select
        customer_id,
        is_model,
        is_possible,
        if(is_model, probability_alive, active_share) as alive,
        {forecast_orders},
        {variances},
        if(
            is_model, $p * ($gamma + spend) / ($q + $p * order_days - 1), order_amount
        ) as order_value,
        if(
            is_model, low_factor * ($gamma + spend), floor(ln(0.9) / log_ratio) * order_amount
        ) as low,
        if(
            is_model,
            high_factor * ($gamma + spend),
            (ceil(ln(0.1) / log_ratio) - 1) * order_amount
        ) as high,
        least(
            if(is_model, next_order_days, ceil(ln(2) / nullif(orders_per_day, 0))),
            {longest} + 1
        )::integer as next_days
    from joined
)
select
    customer_id,
    if(is_model, $model::varchar, $method::varchar) as method,
    not is_model as is_fallback,
    case
        when is_model then null
        when $reason::varchar is not null then $reason::varchar
        when not is_possible then 'impossible_history'
        else 'not_finite'
    end as fallback_reason,
    alive::decimal(6, 4) as probability_alive,
    {orders},
    order_value::decimal(18, 2) as expected_order_amount,
    {revenue},
    coalesce(low, 0)::decimal(18, 2) as predicted_revenue_{longest}_days_low,
    coalesce(high, 0)::decimal(18, 2) as predicted_revenue_{longest}_days_high,
    if(
        next_days between 0 and {longest}, ($as_of_date::date + next_days)::date, null
    ) as next_order_expected_on,
    {spreads}
from forecasts
"""
