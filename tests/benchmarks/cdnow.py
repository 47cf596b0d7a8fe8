"""Figures of topic `cdnow`: the fits that the LTV step writes for the CDNOW sample,
against the published ones, and its hold-out.

The conventions of the papers: the histories end on 1997-09-30, orders of one day are one, time
runs in days (weeks = days / 7), the first order is not a repeat. Source and terms of the data:
ingestion/samples/cdnow/SOURCES.md.
"""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np

from ingestion.samples.cdnow import read_purchases
from orchestration.steps.ltv import sql
from orchestration.steps.ltv.cells import Cells, Floats
from orchestration.steps.ltv.forecast import expected_orders
from orchestration.steps.ltv.gamma_gamma import expected_order_value
from orchestration.steps.ltv.report import FitSummary
from orchestration.steps.ltv.score import CANDIDATES
from orchestration.steps.ltv.step import run_ltv

CALIBRATION_END = date(1997, 9, 30)
DATA_END = date(1998, 6, 30)

# Name of the figure → model, parameter (None: the log-likelihood), published value, allowed
# distance from it, digits shown.
PUBLISHED: dict[str, tuple[str, str | None, float, float, int]] = {
    "bgnbd_r": ("bg_nbd", "r", 0.2426, 0.005 * 0.2426, 4),
    "bgnbd_alpha": ("bg_nbd", "alpha", 4.4136, 0.005 * 4.4136, 4),
    "bgnbd_a": ("bg_nbd", "a", 0.7929, 0.005 * 0.7929, 4),
    "bgnbd_b": ("bg_nbd", "b", 2.4259, 0.005 * 2.4259, 4),
    "bgnbd_log_likelihood": ("bg_nbd", None, -9582.43, 0.05, 2),
    "mbgnbd_r": ("mbg_nbd", "r", 0.5248, 0.0, 4),
    "mbgnbd_alpha": ("mbg_nbd", "alpha", 6.1831, 0.0, 4),
    "mbgnbd_a": ("mbg_nbd", "a", 0.8914, 0.0, 4),
    "mbgnbd_b": ("mbg_nbd", "b", 1.6140, 0.0, 4),
    "mbgnbd_log_likelihood": ("mbg_nbd", None, -9582.14, 0.0, 2),
    "paretonbd_r": ("pareto_nbd", "r", 0.5533, 0.0, 4),
    "paretonbd_alpha": ("pareto_nbd", "alpha", 10.578, 0.0, 3),
    "paretonbd_s": ("pareto_nbd", "s", 0.6062, 0.0, 4),
    "paretonbd_beta": ("pareto_nbd", "beta", 11.669, 0.0, 3),
    "paretonbd_log_likelihood": ("pareto_nbd", None, -9594.98, 0.0, 2),
    "gamma_gamma_p": ("gamma_gamma", "p", 6.2496, 0.01 * 6.2496, 4),
    "gamma_gamma_q": ("gamma_gamma", "q", 3.7442, 0.01 * 3.7442, 4),
    "gamma_gamma_gamma": ("gamma_gamma", "gamma", 15.4435, 0.01 * 15.4435, 4),
}

PURCHASES = """
create table purchases (customer_id varchar, day date, amount decimal(18, 2));
insert into purchases select unnest($customers), unnest($days), unnest($amounts)
"""

# What the step reads, from the purchases up to $end; also of the shops of topic `money`.
HISTORIES = """
create schema marts;
create table marts.purchase_histories as
with days as (
    select
        customer_id,
        day,
        count(*) as orders,
        sum(amount) as amount,
        min(day) over (partition by customer_id) as first_day
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
    """An in-memory database with the purchases (`purchases`) and the histories up to `end`
    (`marts.purchase_histories`)."""
    purchases = read_purchases()
    connection = duckdb.connect()
    values: dict[str, Any] = {
        "customers": [purchase[1] for purchase in purchases],
        "days": [purchase[2] for purchase in purchases],
        "amounts": [purchase[4] for purchase in purchases],
        "end": end,
    }
    for statement in [*PURCHASES.split(";\n"), *HISTORIES.split(";\n")]:
        if statement.strip():
            connection.execute(
                statement,
                {name: value for name, value in values.items() if f"${name}" in statement},
            )
    return connection


# One row per customer: the history to `CALIBRATION_END`, then order days and what they were worth
# until the data end.
HOLD_OUT = """
select
    repeats,
    recency_days,
    age_days,
    order_days,
    spend::double as spend,
    1::bigint as customers,
    count(distinct day) as actual,
    (sum(amount) / nullif(count(distinct day), 0))::double as actual_value
from step_histories
left join purchases on purchases.customer_id = step_histories.customer_id and day > $end
group by step_histories.customer_id, repeats, recency_days, age_days, order_days, spend
order by step_histories.customer_id
"""


def measure(size: str = "full") -> list[dict[str, Any]]:
    """The figures; the sample has one size, so `size` changes nothing."""
    with TemporaryDirectory() as folder, connect_to_histories() as connection:
        fits = {
            found.model: found
            for found in run_ltv(connection, Path(folder), as_of_date=CALIBRATION_END).fits
        }
        connection.execute(sql.HISTORIES.format(histories="marts.purchase_histories"))
        rows = connection.execute(HOLD_OUT, {"end": CALIBRATION_END}).fetchnumpy()
    figures = []
    for name, (model, parameter, published, distance, digits) in PUBLISHED.items():
        value = (
            fits[model].log_likelihood if parameter is None else fits[model].parameters[parameter]
        )
        bar = (
            f">= {published - distance:.4f} and <= {published + distance:.4f}"
            if distance
            else f"= {published}"
        )
        note = (
            f"published: {published}; CDNOW sample, {fits[model].customers_count} customers,"
            f" to {CALIBRATION_END}"
        )
        figures.append(_figure(name, round(value, digits), bar, note))
    return [*figures, *_hold_out(rows, fits), *_order_values(rows, fits["gamma_gamma"])]


def _hold_out(rows: dict[str, Floats], fits: dict[str, FitSummary]) -> list[dict[str, Any]]:
    """39 weeks of purchases by each model and by each customer's own rate so far;
    the best of the three models stands for them."""
    days = (DATA_END - CALIBRATION_END).days
    cells = Cells.from_days(
        rows["repeats"], rows["recency_days"], rows["age_days"], rows["customers"]
    )
    actual = rows["actual"].astype(np.float64)
    told = {
        name: expected_orders(model, _theta(fits[name]), cells, days)
        for name, model in CANDIDATES.items()
    }
    told["naive_rate"] = cells.repeats / cells.age * days / 7
    rmse = {
        name: float(np.sqrt(((actual - expected) ** 2).mean())) for name, expected in told.items()
    }
    r = {name: float(np.corrcoef(actual, expected)[0, 1]) for name, expected in told.items()}
    best = min(CANDIDATES, key=lambda name: rmse[name])
    size = f"{days // 7} weeks, {actual.sum():.0f} purchases"
    best_note = f"{best}, the best of the three on this very hold-out; {size}"
    figures = [
        _figure("cdnow_holdout_rmse", round(rmse[best], 4), "<= 1.605", best_note),
        _figure("cdnow_holdout_r", round(r[best], 4), ">= .630", best_note),
    ]
    for name, expected in told.items():
        bars = (
            {"rmse": f"> {rmse[best]:.4f}", "r": f"< {r[best]:.4f}"} if name == "naive_rate" else {}
        )
        note = f"each customer's own rate so far; {size}" if bars else size
        once = float(expected[cells.repeats == 0].sum())
        figures += [
            _figure(f"cdnow_holdout_expected_{name}", round(float(expected.sum()), 1), "", note),
            _figure(
                f"cdnow_holdout_mae_{name}",
                round(float(np.abs(actual - expected).mean()), 4),
                "",
                note,
            ),
            _figure(f"cdnow_holdout_r_{name}", round(r[name], 4), bars.get("r", ""), note),
            _figure(f"cdnow_holdout_rmse_{name}", round(rmse[name], 4), bars.get("rmse", ""), note),
            _figure(
                f"cdnow_holdout_one_time_buyers_{name}",
                round(once),
                "",
                f"actual {actual[cells.repeats == 0].sum():.0f}",
            ),
        ]
    return figures


def _order_values(rows: dict[str, Floats], values: FitSummary) -> list[dict[str, Any]]:
    """What an order day of the hold-out was worth, of those who had one:
    scored with the first order against the customer's own mean."""
    came = rows["actual"] > 0
    orders, spend, actual = (
        rows[name][came].astype(np.float64) for name in ("order_days", "spend", "actual_value")
    )
    mae = float(np.abs(expected_order_value(_theta(values), orders, spend) - actual).mean())
    own = float(np.abs(spend / orders - actual).mean())
    note = f"{came.sum()} customers who ordered in the hold-out"
    return [
        _figure("cdnow_order_value_mae", round(mae, 2), "<= 16.5", note),
        _figure(
            "cdnow_order_value_mae_naive",
            round(own, 2),
            f"> {mae:.2f}",
            f"each customer's own mean so far; {note}",
        ),
    ]


def _theta(found: FitSummary) -> Floats:
    return np.array(list(found.parameters.values()))


def _figure(name: str, value: float, bar: str, note: str) -> dict[str, Any]:
    return {"name": name, "value": value, "unit": "", "bar": bar, "note": note}
