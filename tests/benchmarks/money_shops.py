"""Simulated shops for the figures of topic `money`: customers who buy and drop out,
with a season or a drift that no model knows."""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from cdnow import HISTORIES

CHANNELS = ("direct", "email", "paid_search")
FIRST_DAY = date(2022, 7, 1)
# The truth of every shop: rates per week, drop-out after any purchase, order values.
R, ALPHA, A, B = 0.7, 9.0, 0.8, 2.6
VALUE_P, VALUE_Q, VALUE_GAMMA = 4.0, 3.8, 45.0
TRUTH = {"mbg_nbd": (R, ALPHA, A, B), "gamma_gamma": (VALUE_P, VALUE_Q, VALUE_GAMMA)}


@dataclass(frozen=True)
class Purchases:
    """One entry per purchase, none sorted: customer, day (0 = the shop's first), amount."""

    customer: npt.NDArray[np.int64]
    day: npt.NDArray[np.int64]
    amount: npt.NDArray[np.float64]


def simulate(
    customers: int, days: int, seed: int, *, season: float = 0.0, drift: float = 0.0
) -> Purchases:
    """Purchases of `days` days. season: how far rates swing around their mean within a year; drift:
    change of all rates per year."""
    rng = np.random.default_rng(seed)
    rate, dropout, nu = (
        rng.gamma(R, 1 / ALPHA, customers),
        rng.beta(A, B, customers),
        rng.gamma(VALUE_Q, 1 / VALUE_GAMMA, customers),
    )
    clock = days * rng.random(customers)
    who, found_customers, found_days = np.arange(customers), [np.arange(customers)], [clock.copy()]

    def level(day: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return (1 + season * np.sin(2 * np.pi * day / 365.25)) * np.exp(
            np.log1p(drift) * day / 365.25
        )

    highest = float(level(np.arange(days, dtype=np.float64)).max())
    who = who[rng.random(len(who)) >= dropout[who]]
    while len(who):
        clock[who] += rng.exponential(7 / (rate[who] * highest))
        who = who[clock[who] < days]
        buys = rng.random(len(who)) < level(clock[who]) / highest
        found_customers.append(who[buys])
        found_days.append(clock[who[buys]])
        who = who[~buys | (rng.random(len(who)) >= dropout[who])]
    customer = np.concatenate(found_customers)
    return Purchases(
        customer, np.concatenate(found_days).astype(np.int64), rng.gamma(VALUE_P, 1 / nu[customer])
    )


def connect_to(
    shop: Purchases, as_of_day: int, database: str = ":memory:"
) -> duckdb.DuckDBPyConnection:
    """What the step reads, as of the end of a day; `purchases` holds all of them.

    Channels go round by customer.
    """
    connection = duckdb.connect(database)
    connection.register(
        "given", pa.table({"customer": shop.customer, "day": shop.day, "amount": shop.amount})
    )
    connection.execute(
        """
        create table purchases as
        select
            'c' || lpad(customer::varchar, 7, '0') as customer_id,
            $first::date + day::integer as day,
            sum(amount)::decimal(18, 2) as amount
        from given group by all
        """,
        {"first": FIRST_DAY},
    )
    connection.unregister("given")
    for statement in HISTORIES.split(";\n"):
        if statement.strip():
            connection.execute(statement, {"end": as_of(as_of_day)} if "$end" in statement else {})
    connection.execute(
        "insert into marts.first_touches"
        " select distinct customer_id, $channels[1 + customer_id[2:]::integer % len($channels)]"
        " from purchases",
        {"channels": list(CHANNELS)},
    )
    return connection


def as_of(day: int) -> date:
    """The date of a day of the shop."""
    return FIRST_DAY + timedelta(day)
