"""Shops for the tests of the LTV step, and what holds for every report of it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import duckdb

from orchestration.steps.ltv.report import LtvReport, score_columns
from orchestration.steps.ltv.score import CANDIDATES

AS_OF_DATE = date(2025, 6, 30)
NUMBERS = [name for name, kind in score_columns().items() if kind.startswith("decimal")]
Histories = Callable[..., duckdb.DuckDBPyConnection]


def shop_of(
    simulate: Callable[..., Any],
    histories: Histories,
    customers: int,
    seed: int = 4,
    **changes: Any,
) -> duckdb.DuckDBPyConnection:
    shop = simulate(customers, seed)
    columns = {
        "repeats": shop.repeats,
        "recency_days": shop.recency_days,
        "age_days": shop.age_days,
        "first_amount": shop.first_amount,
        "repeat_amount": shop.repeat_amount,
    }
    return histories(**(columns | changes))


def rows_of(report: LtvReport) -> list[dict[str, Any]]:
    result = duckdb.execute(
        "select * from read_parquet(?) order by customer_id", [str(report.scores_file)]
    )
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def assert_sound(report: LtvReport, customers: int) -> list[dict[str, Any]]:
    """What holds for any input: one row each, numbers that exist and are possible,
    every fallback said."""
    rows = rows_of(report)
    assert (
        len(rows)
        == len({row["customer_id"] for row in rows})
        == customers
        == report.customers_count
    )
    assert sum(report.customers_by_method.values()) == customers
    for row in rows:
        assert all(row[name] is not None and row[name] >= 0 for name in NUMBERS), row
        assert row["probability_alive"] <= 1
        assert row["expected_orders_90_days"] <= 90 and row["expected_orders_365_days"] <= 365
        assert row["expected_orders_90_days"] <= row["expected_orders_365_days"]
        assert row["predicted_revenue_365_days_low"] <= row["predicted_revenue_365_days_high"]
        assert (
            row["is_fallback"]
            == (row["method"] not in CANDIDATES)
            == (row["fallback_reason"] is not None)
        )
        assert row["next_order_expected_on"] is None or AS_OF_DATE <= row[
            "next_order_expected_on"
        ] <= AS_OF_DATE + timedelta(365)
    return rows
