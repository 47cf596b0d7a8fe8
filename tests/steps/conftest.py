"""Simulated shops for the tests of the LTV step."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

AS_OF_DATE = date(2025, 6, 30)
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shop:
    """What BG/NBD and Gamma-Gamma customers did up to the as-of date, and in the 365 days after it;
    all shape (customers,)."""

    repeats: Integers
    recency_days: Integers
    age_days: Integers
    first_amount: Floats
    repeat_amount: Floats
    future_orders: Integers
    future_amount: Floats


def simulate_shop(
    customers: int,
    seed: int,
    *,
    r: float = 0.45,
    alpha: float = 9.0,
    a: float = 0.7,
    b: float = 2.6,
    p: float = 4.0,
    q: float = 4.0,
    gamma: float = 40.0,
) -> Shop:
    """A shop that is exactly as the models suppose, in whole days; orders of one day are one."""
    rng = np.random.default_rng(seed)
    rate, dropout = rng.gamma(r, 1.0 / alpha, customers), rng.beta(a, b, customers)
    age = rng.integers(0, 730, customers)
    nu = rng.gamma(q, 1.0 / gamma, customers)
    repeats, recency, future, last = (np.zeros(customers, dtype=np.int64) for _ in range(4))
    clock = np.zeros(customers)
    active = np.arange(customers)
    while len(active):
        clock[active] += rng.exponential(7.0 / rate[active])
        active = active[clock[active] < age[active] + 366]
        day = clock[active].astype(np.int64)
        is_new, is_past = day > last[active], day <= age[active]
        repeats[active[is_new & is_past]] += 1
        recency[active[is_new & is_past]] = day[is_new & is_past]
        future[active[is_new & ~is_past]] += 1
        last[active] = day
        active = active[rng.random(len(active)) >= dropout[active]]

    def spent(orders: Integers) -> Floats:
        return np.where(orders > 0, rng.gamma(np.maximum(p * orders, 1.0), 1.0 / nu), 0.0)

    return Shop(
        repeats, recency, age, spent(np.ones_like(repeats)), spent(repeats), future, spent(future)
    )


def write_histories(connection: duckdb.DuckDBPyConnection, columns: dict[str, object]) -> None:
    """Make `marts.purchase_histories` from customer_id, repeats, recency_days, age_days,
    first_amount, repeat_amount; the days between the first and the last order are not known,
    so `marts.purchase_days` is empty and nothing can be held out."""
    connection.register("given", pa.table(columns))
    connection.execute("create schema if not exists marts")
    connection.execute(
        """
        create or replace table marts.purchase_histories as
        select
            customer_id::varchar as customer_id,
            date_trunc('month', $as_of::date - age_days::integer)::date as cohort_month,
            $as_of::date - age_days::integer as first_order_date,
            $as_of::date - age_days::integer + recency_days::integer as last_order_date,
            (repeats + 1)::integer as orders_count,
            (repeats + 1)::integer as order_days_count,
            repeats::integer as repeat_days_count,
            recency_days::integer as recency_days,
            age_days::integer as age_days,
            first_amount::decimal(18, 2) as first_day_amount,
            repeat_amount::decimal(18, 2) as repeat_amount,
            (
                first_amount::decimal(18, 2) + repeat_amount::decimal(18, 2)
            )::decimal(18, 2) as total_amount
        from given
        """,
        {"as_of": AS_OF_DATE},
    )
    connection.unregister("given")
    connection.execute(
        "create or replace table marts.purchase_days (customer_id varchar, placed_date date)"
    )
    connection.execute(
        "create or replace table marts.first_touches (customer_id varchar, first_channel varchar)"
    )


@pytest.fixture(scope="session")
def simulate() -> Callable[..., Shop]:
    return simulate_shop


@pytest.fixture
def histories() -> Callable[..., duckdb.DuckDBPyConnection]:
    """A connection to given histories:
    `histories(repeats=[…], recency_days=[…], …)`; customer ids are counted when not given."""

    def make(**columns: object) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        if "customer_id" not in columns:
            columns["customer_id"] = np.char.add(
                "c", np.char.zfill(np.arange(len(columns["repeats"])).astype(str), 7)
            )
        write_histories(connection, columns)
        return connection

    return make


@pytest.fixture(scope="session")
def as_of_date() -> date:
    return AS_OF_DATE
