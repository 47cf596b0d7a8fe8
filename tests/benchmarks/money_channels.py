"""Figures of topic `money` about channels: does the lifetime value found put them in the order that is true of the sample shop?"""

from pathlib import Path
from typing import Any

import duckdb

# What a buyer is worth in truth: what he or she has brought so far, and what the rates that he or she was drawn with let expect of the
# next year. Somebody bought x times, at last t weeks ago, and lives on with probability (1 - p) after each purchase (MBG/NBD): then he or
# she is alive with probability (1 - p) e^(-lambda t) / (p + (1 - p) e^(-lambda t)), and buys (1 - e^(-lambda p 52.18)) / p times more.
# The drawn order value is before refunds and taxes: what the shop's orders brought of it, on the whole, is what its orders will bring.
TRUE = """
with bought as (
    select
        person_id, max(placed_at) as last_at, count(*) as orders_count, coalesce(sum(net_revenue) filter (is_revenue), 0) as brought
    from core.orders
    inner join read_parquet($record_persons) as known on known.record_id = replace(orders.order_id, 'shopify:', 'shopify_orders:')
    group by person_id
),

buyers as (
    select *, exp(-lambda_per_week * date_diff('second', last_at, getvariable('as_of')::timestamp) / 604800.0) as silence
    from read_parquet($persons)
    inner join bought using (person_id)
    where kind = 'buyer'
),

expected as (
    select
        channel, brought, mean_order_value_euro as order_value, orders_count,
        (1 - p) * silence / (p + (1 - p) * silence) * (1 - exp(-lambda_per_week * p * 52.18)) / p as orders_to_come
    from buyers
)

select
    channel,
    avg(brought + orders_to_come * order_value * (select sum(brought) / sum(orders_count * order_value) from expected))::double as worth,
    count(*) as persons
from expected
group by channel
order by worth desc
"""
FOUND = """
select first_channel, avg(value) as worth, stddev_samp(value) / sqrt(count(*)) as standard_error
from (
    select first_channel, (historic_revenue + predicted_revenue_365_days)::double as value
    from marts.customer_lifetime_values
)
group by first_channel
"""


def order(connection: duckdb.DuckDBPyConnection, truth: Path) -> list[dict[str, Any]]:
    """Pairs of channels that the published values put the wrong way round, and those that they cannot tell apart."""
    files = {name: str(truth / f"{name}.parquet") for name in ("persons", "record_persons")}
    true = connection.execute(TRUE, files).fetchall()
    found = {channel: (worth, error) for channel, worth, error in connection.execute(FOUND).fetchall()}
    wrong, open_pairs, pairs = 0, 0, 0
    for place, (better, *_) in enumerate(true):
        for worse, *_ in true[place + 1 :]:
            lead = found[better][0] - found[worse][0]
            noise = (found[better][1] ** 2 + found[worse][1] ** 2) ** 0.5
            pairs += 1
            wrong += lead < -noise
            open_pairs += abs(lead) <= noise
    values = ", ".join(f"{channel} {worth:.0f} ({found[channel][0]:.0f} ± {found[channel][1]:.0f})" for channel, worth, _ in true)
    buyers = sum(persons for *_, persons in true)
    note = f"of {pairs}; channels by what a buyer is worth in truth (as found, with standard error), euro: {values}; {buyers:,} buyers"
    return [
        _figure("channel_pairs_wrong", wrong, "= 0", note),
        _figure("channel_pairs_open", open_pairs, "", f"of {pairs}: nearer to each other, as found, than the standard error"),
    ]


def _figure(name: str, value: int, bar: str, note: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": "pairs", "bar": bar, "note": note}
