"""The set-based half of the hold-outs: purchases by day in,
histories as of an origin with what came behind it out. SQL text only."""

CHANNELS = (
    "create or replace temp table step_channels as select customer_id, first_channel"
    " from {first_touches}"
)

PURCHASE_DAYS = """
create or replace temp table step_purchase_days as
with customers as (
    select customer_id, row_number() over () as customer from {purchase_days} group by customer_id
)
select
    customers.customer,
    coalesce(step_channels.first_channel, 'unknown') as channel,
    purchases.placed_date
from {purchase_days} as purchases
inner join customers on purchases.customer_id = customers.customer_id
left join step_channels on purchases.customer_id = step_channels.customer_id
"""


def hold_out(horizons: tuple[int, ...]) -> str:
    """Histories as of $origin with the order days of each horizon behind it,
    and those of the same window a year earlier.

    Customers who are alike in all of that are one row.
    """
    counts = ",\n        ".join(
        f"""count(*) filter (
            placed_date > $origin::date and placed_date <= $origin::date + {days}
        ) as actual_{days},
        count(*) filter (
            placed_date > $origin::date - 365 and placed_date <= $origin::date - 365 + {days}
        ) as naive_{days}"""
        for days in horizons
    )
    return f"""
with customers as (
    select
        channel,
        count(*) filter (placed_date <= $origin::date) - 1 as repeats,
        min(placed_date) as first_order_date,
        max(placed_date) filter (placed_date <= $origin::date) as last_order_date,
        {counts}
    from step_purchase_days
    group by customer, channel
    having min(placed_date) <= $origin::date
)
select
    repeats,
    (last_order_date - first_order_date)::bigint as recency_days,
    ($origin::date - first_order_date)::bigint as age_days,
    count(*) as customers,
    * exclude (repeats, first_order_date, last_order_date)
from customers
group by all
order by all
"""
