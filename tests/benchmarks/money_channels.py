"""Figures of topic `money` about channels: does the lifetime value found put them in the order that is true of the sample shop?"""

from pathlib import Path
from typing import Any

import duckdb

# What a buyer is worth by the rates he or she was drawn with: expected revenue of the first year from the first purchase on, which is
# one order and, as MBG/NBD has it, (1 - p) / p * (1 - exp(-lambda * p * weeks)) more.
TRUE = """
select
    channel,
    avg(mean_order_value_euro * (1 + (1 - p) / p * (1 - exp(-lambda_per_week * p * 52.18)))) as worth,
    count(*) as persons
from read_parquet($persons)
where kind = 'buyer' and first_purchase_at is not null
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


def order(connection: duckdb.DuckDBPyConnection, persons: Path) -> list[dict[str, Any]]:
    """Pairs of channels that the published values put the wrong way round, and those that they cannot tell apart."""
    true = connection.execute(TRUE, {"persons": str(persons)}).fetchall()
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
