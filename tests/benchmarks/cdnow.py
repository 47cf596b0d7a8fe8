"""Figures of topic `cdnow`: the fits that the LTV step writes for the CDNOW sample, against the published ones.

The conventions of the papers: the histories end on 1997-09-30, orders of one day are one, time runs in days (weeks = days / 7), the first
order is not a repeat. Source and terms of the data: ingestion/sample_cdnow/SOURCES.md.
"""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ingestion.sample_cdnow import read_purchases
from orchestration.steps.ltv.step import run_ltv

CALIBRATION_END = date(1997, 9, 30)
DATA_END = date(1998, 6, 30)

# Name of the figure → model, parameter (None: the log-likelihood), published value, allowed distance from it, digits shown.
PUBLISHED: dict[str, tuple[str, str | None, float, float, int]] = {
    "bgnbd_r": ("bg_nbd", "r", 0.2426, 0.005 * 0.2426, 4),
    "bgnbd_alpha": ("bg_nbd", "alpha", 4.4136, 0.005 * 4.4136, 4),
    "bgnbd_a": ("bg_nbd", "a", 0.7929, 0.005 * 0.7929, 4),
    "bgnbd_b": ("bg_nbd", "b", 2.4259, 0.005 * 2.4259, 4),
    "bgnbd_log_likelihood": ("bg_nbd", None, -9582.43, 0.05, 2),
    "gamma_gamma_p": ("gamma_gamma", "p", 6.2496, 0.01 * 6.2496, 4),
    "gamma_gamma_q": ("gamma_gamma", "q", 3.7442, 0.01 * 3.7442, 4),
    "gamma_gamma_gamma": ("gamma_gamma", "gamma", 15.4435, 0.01 * 15.4435, 4),
}

HISTORIES = """
create schema marts;
create table purchases (customer_id varchar, day date, amount decimal(18, 2));
insert into purchases select unnest($customers), unnest($days), unnest($amounts);
create table marts.purchase_histories as
with days as (
    select customer_id, day, count(*) as orders, sum(amount) as amount, min(day) over (partition by customer_id) as first_day
    from purchases where day <= $end group by customer_id, day
)
select
    customer_id,
    date_trunc('month', first_day)::date as cohort_month,
    first_day as first_order_date,
    max(day) as last_order_date,
    sum(orders)::integer as orders_count,
    count(*)::integer as order_days_count,
    (count(*) - 1)::integer as repeat_days_count,
    (max(day) - first_day)::integer as recency_days,
    ($end::date - first_day)::integer as age_days,
    (sum(amount) filter (day = first_day))::decimal(18, 2) as first_day_amount,
    coalesce(sum(amount) filter (day > first_day), 0)::decimal(18, 2) as repeat_amount,
    sum(amount)::decimal(18, 2) as total_amount
from days
group by customer_id, first_day;
create table marts.purchase_days as
select distinct customer_id, day as placed_date from purchases where day <= $end;
create table marts.first_touches (customer_id varchar, first_channel varchar);
"""


def connect_to_histories(end: date = CALIBRATION_END) -> duckdb.DuckDBPyConnection:
    """An in-memory database with the purchases (`purchases`) and the histories up to `end` (`marts.purchase_histories`)."""
    purchases = read_purchases()
    connection = duckdb.connect()
    values: dict[str, Any] = {
        "customers": [purchase[1] for purchase in purchases],
        "days": [purchase[2] for purchase in purchases],
        "amounts": [purchase[4] for purchase in purchases],
        "end": end,
    }
    for statement in HISTORIES.split(";\n"):
        if statement.strip():
            connection.execute(statement, {name: value for name, value in values.items() if f"${name}" in statement})
    return connection


def measure(size: str = "full") -> list[dict[str, Any]]:
    """The figures; the sample has one size, so `size` changes nothing."""
    with TemporaryDirectory() as folder:
        report = run_ltv(connect_to_histories(), Path(folder), as_of_date=CALIBRATION_END)
    fits = {found.model: found for found in report.fits}
    figures = []
    for name, (model, parameter, published, distance, digits) in PUBLISHED.items():
        value = fits[model].log_likelihood if parameter is None else fits[model].parameters[parameter]
        figures.append(
            {
                "name": name,
                "value": round(value, digits),
                "unit": "",
                "bar": f">= {published - distance:.4f} and <= {published + distance:.4f}",
                "note": f"published: {published}; CDNOW sample, {fits[model].customers_count} customers, to {CALIBRATION_END}",
            }
        )
    return figures
