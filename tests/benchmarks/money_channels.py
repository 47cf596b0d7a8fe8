"""Figures of topic `money` about channels: does the lifetime value found put them in the order that
is true of the very same customers?"""

from pathlib import Path
from typing import Any

import duckdb

# What a customer is worth in truth: what he or she has brought so far, and what the rates that
# he or she was drawn with let expect of the next year. Somebody bought x times, at last t weeks
# ago, and lives on with probability (1 - p) after each purchase (MBG/NBD): then he or she is alive
# with probability (1 - p) e^(-lambda t) / (p + (1 - p) e^(-lambda t)), and buys (1 - e^(-lambda p
# 52.18)) / p times more. The drawn order value is before refunds and taxes: what the shop's orders
# brought of it, on the whole, is what its orders will bring. A customer's person is the one of most
# of its records; a channel is where the warehouse saw the first visit.
WORTH = """
with bought as (
    select
        person_id,
        max(placed_at) as last_at,
        count(*) as orders_count,
        sum(net_revenue) as brought
    from core.orders
    inner join read_parquet($record_persons) as known
        on known.record_id = replace(orders.order_id, 'shopify:', 'shopify_orders:')
    where is_purchase
    group by person_id
),

buyers as (
    select
        *,
        exp(
            -lambda_per_week
            * date_diff('second', last_at, getvariable('as_of')::timestamp) / 604800.0
        ) as silence
    from read_parquet($persons)
    inner join bought using (person_id)
    where kind = 'buyer'
),

expected as (
    select
        person_id,
        brought,
        mean_order_value_euro as order_value,
        orders_count,
        (1 - p) * silence / (p + (1 - p) * silence)
            * (1 - exp(-lambda_per_week * p * 52.18)) / p as orders_to_come
    from buyers
),

persons as (
    select
        person_id,
        (
            brought
            + orders_to_come * order_value
            * (select sum(brought) / sum(orders_count * order_value) from expected)
        )::double as worth
    from expected
),

customers as (
    select customer_id, mode(person_id) as person_id
    from identity.identity_map
    inner join read_parquet($record_persons) using (record_id)
    group by customer_id
)

select
    first_channel,
    avg(persons.worth) as true_worth,
    avg(found.worth) as found_worth,
    stddev_samp(found.worth) / sqrt(count(*)) as standard_error,
    count(*) as customers_count
from (
    select
        customer_id,
        first_channel,
        (historic_revenue + predicted_revenue_365_days)::double as worth
    from marts.customer_lifetime_values
) as found
inner join customers using (customer_id)
inner join persons using (person_id)
where first_channel <> 'unknown'
group by first_channel
order by true_worth desc
"""


def order(connection: duckdb.DuckDBPyConnection, truth: Path) -> list[dict[str, Any]]:
    """Pairs of channels that the published values put the wrong way round,
    beyond their standard error and at all."""
    files = {name: str(truth / f"{name}.parquet") for name in ("persons", "record_persons")}
    channels = connection.execute(WORTH, files).fetchall()
    wrong, swapped, pairs = 0, 0, 0
    for place, (_, _, better, error, _) in enumerate(channels):
        for _, _, worse, other_error, _ in channels[place + 1 :]:
            pairs += 1
            swapped += better < worse
            wrong += worse - better > (error**2 + other_error**2) ** 0.5
    values = ", ".join(
        f"{channel} {true:.0f} ({found:.0f} ± {error:.0f})"
        for channel, true, found, error, _ in channels
    )
    note = (
        f"of {pairs}; channels by what a customer is worth in truth (as found,"
        f" with standard error), euro: {values}"
    )
    customers = sum(row[-1] for row in channels)
    furthest = max(abs(found / true - 1) for _, true, found, _, _ in channels)
    return [
        _figure(
            "channel_pairs_wrong",
            wrong,
            "pairs",
            "= 0",
            f"{note}; {customers:,} customers whose first visit was seen",
        ),
        _figure(
            "channel_pairs_swapped",
            swapped,
            "pairs",
            "",
            f"of {pairs}: in the other order than in truth, by however little",
        ),
        _figure(
            "channel_value_error",
            round(furthest, 3),
            "",
            "<= 0.1",
            "value found / value in truth - 1 of the channel that is furthest off",
        ),
    ]


def _figure(name: str, value: float, unit: str, bar: str, note: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": unit, "bar": bar, "note": note}
