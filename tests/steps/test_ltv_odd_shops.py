"""Shops that no model holds: each customer has a possible number, and every fallback is said."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.steps.ltv import gates, score
from orchestration.steps.ltv.step import run_ltv
from tests.steps.ltv_reports import AS_OF_DATE, NUMBERS, Histories, assert_sound, rows_of, shop_of


@pytest.mark.parametrize(
    ("customers", "days_later", "failed"),
    [(499, 0, "buyers"), (1_500, 31, "days_since_last_order")],
)
def test_too_little_history_gives_cohort_averages(
    simulate: Callable[..., Any],
    histories: Histories,
    tmp_path: Path,
    customers: int,
    days_later: int,
    failed: str,
) -> None:
    connection = shop_of(simulate, histories, customers)
    last = connection.execute(
        "select max(last_order_date) from marts.purchase_histories"
    ).fetchall()[0][0]
    report = run_ltv(
        connection, tmp_path, as_of_date=last + timedelta(days_later) if days_later else AS_OF_DATE
    )
    assert report.method == "insufficient_history" and report.reason == failed and report.fits == ()
    assert report.customers_by_method == {"insufficient_history": customers}
    assert report.fallback_customers_by_reason == {failed: customers}
    rows = rows_of(report)
    assert {row["fallback_reason"] for row in rows} == {failed}
    assert all(row[name] is not None for row in rows for name in NUMBERS)
    assert any(row["predicted_revenue_365_days"] > 0 for row in rows)


def test_every_gate_can_fail() -> None:
    enough = {"buyers": 500, "repeaters": 100, "frequent_buyers": 30}
    dates = {
        "first_order_date": AS_OF_DATE - timedelta(180),
        "last_order_date": AS_OF_DATE - timedelta(30),
    }
    assert gates.reason(gates.check(gates.HistoryCounts(**enough, **dates), AS_OF_DATE)) is None
    worse: dict[str, tuple[str, Any]] = {
        "buyers": ("buyers", 499),
        "repeat_buyers": ("repeaters", 99),
        "buyers_with_three_orders": ("frequent_buyers", 29),
        "history_days": ("first_order_date", AS_OF_DATE - timedelta(179)),
        "days_since_last_order": ("last_order_date", AS_OF_DATE - timedelta(31)),
    }
    for gate, (column, value) in worse.items():
        assert (
            gates.reason(
                gates.check(gates.HistoryCounts(**(enough | dates | {column: value})), AS_OF_DATE)
            )
            == gate
        )


def test_cohort_average_worked_out_by_hand(histories: Histories, tmp_path: Path) -> None:
    """40 customers of one month: 10 with one repeat after 50 days.

    Ages count as 90 days at least.
    """
    repeats = np.array([1] * 10 + [0] * 30)
    report = run_ltv(
        histories(
            repeats=repeats,
            recency_days=repeats * 50,
            age_days=np.full(40, 60),
            first_amount=np.full(40, 20.0),
            repeat_amount=repeats * 70.0,
        ),
        tmp_path,
        as_of_date=AS_OF_DATE,
    )
    row = assert_sound(report, 40)[0]
    assert row["expected_orders_90_days"] == Decimal(
        "0.2500"
    )  # 10 repeats / (40 customers x 90 days) x 90
    assert row["expected_orders_365_days"] == Decimal("1.0139")
    assert row["expected_order_amount"] == Decimal("30.00")  # (40 x 20 + 10 x 70) / 50 order days
    assert row["predicted_revenue_90_days"] == Decimal("7.50")
    assert row["probability_alive"] == 1  # all ordered within 90 days
    # Geometric with mean 1.0139: P(Y >= 3) = .128, P(Y >= 4) = .064.
    assert (row["predicted_revenue_365_days_low"], row["predicted_revenue_365_days_high"]) == (
        0,
        Decimal("90.00"),
    )
    assert row["next_order_expected_on"] == AS_OF_DATE + timedelta(
        250
    )  # ln 2 / (10 / 3600) = 249.5 days


def test_a_small_cohort_takes_the_average_of_all(histories: Histories, tmp_path: Path) -> None:
    repeats = np.array([3] + [0] * 39)
    ages = np.array([300] + [100] * 39)
    report = run_ltv(
        histories(
            repeats=repeats,
            recency_days=repeats * 10,
            age_days=ages,
            first_amount=np.full(40, 10.0),
            repeat_amount=repeats * 10.0,
        ),
        tmp_path,
        as_of_date=AS_OF_DATE,
    )
    small, large = assert_sound(report, 40)[:2]
    assert small["expected_orders_365_days"] == Decimal("0.2607")  # 3 repeats / 4,200 days x 365
    assert large["expected_orders_365_days"] == 0 and large["next_order_expected_on"] is None


def test_money_below_zero_counts_as_nothing_spent(
    simulate: Callable[..., Any], histories: Histories, tmp_path: Path
) -> None:
    shop = simulate(1_500, 4)
    first, repeat = shop.first_amount.copy(), shop.repeat_amount.copy()
    once = np.flatnonzero(shop.repeats == 0)[:3]
    first[once] = [0.0, -80.0, 1.0]
    refunded = np.flatnonzero(shop.repeats == 2)[0]
    first[refunded], repeat[refunded] = 10.0, -300.0
    report = run_ltv(
        shop_of(simulate, histories, 1_500, first_amount=first, repeat_amount=repeat),
        tmp_path,
        as_of_date=AS_OF_DATE,
    )
    rows = assert_sound(report, 1_500)
    assert report.customers_without_spend == 3
    nothing, negative, little = (rows[k]["expected_order_amount"] for k in once)
    assert nothing == negative < little
    assert nothing == min(
        row["expected_order_amount"]
        for row, repeats in zip(rows, shop.repeats, strict=True)
        if repeats == 0
    )
    assert 0 < rows[refunded]["expected_order_amount"] < nothing


def test_impossible_histories_fall_back_one_by_one(
    simulate: Callable[..., Any], histories: Histories, tmp_path: Path
) -> None:
    connection = shop_of(simulate, histories, 1_500)
    connection.execute(
        "update marts.purchase_histories set recency_days = age_days + 5, repeat_days_count = 1"
        " where customer_id = 'c0000007'"
    )
    connection.execute(
        "update marts.purchase_histories set age_days = null where customer_id = 'c0000008'"
    )
    connection.execute(
        "update marts.purchase_histories set cohort_month = null"
        " where customer_id in ('c0000008', 'c0000009')"
    )
    report = run_ltv(connection, tmp_path, as_of_date=AS_OF_DATE)
    rows = assert_sound(report, 1_500)
    assert report.customers_by_method == {"bg_nbd": 1_498, "cohort_average": 2}
    assert report.fallback_customers_by_reason == {"impossible_history": 2}
    assert [rows[k]["method"] for k in (7, 8, 9)] == ["cohort_average", "cohort_average", "bg_nbd"]


def test_an_uncertain_fit_falls_back_for_everyone_and_keeps_its_fits(
    simulate: Callable[..., Any],
    histories: Histories,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(score, "MOST_RELATIVE_STANDARD_ERROR", 1e-6)
    report = run_ltv(shop_of(simulate, histories, 1_000), tmp_path, as_of_date=AS_OF_DATE)
    rows = assert_sound(report, 1_000)
    assert {row["method"] for row in rows} == {"cohort_average"}
    assert {row["fallback_reason"] for row in rows} == {"forecast_too_uncertain"} == {report.reason}
    assert len(report.fits) == 5


@st.composite
def strange_customers(draw: st.DrawFn) -> tuple[int, int, int, float, float]:
    """(repeats, recency, age, first amount, repeat amount): possible, and as odd as can be."""
    age = draw(st.sampled_from([0, 1, 30, 200, 4_000]))
    repeats = draw(st.integers(0, min(age, draw(st.sampled_from([0, 1, 3, 300])))))
    recency = draw(st.integers(repeats, age)) if repeats else 0
    money = st.sampled_from([0.0, 0.01, 25.0, -25.0, 9_999_999.99])
    return repeats, recency, age, draw(money), draw(money) if repeats else 0.0


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    odd=st.lists(strange_customers(), min_size=1, max_size=12),
    is_lone=st.booleans(),
    copies=st.sampled_from([1, 60]),
)
def test_strange_histories_never_give_strange_numbers(
    simulate: Callable[..., Any],
    histories: Histories,
    tmp_path: Path,
    odd: list[tuple[int, int, int, float, float]],
    is_lone: bool,
    copies: int,
) -> None:
    """Alone (one buyer, all on one day, all refunded, …), in their hundreds,
    or among a thousand ordinary customers."""
    shop = simulate(0 if is_lone else 600, 9)
    given_columns = [
        shop.repeats,
        shop.recency_days,
        shop.age_days,
        shop.first_amount,
        shop.repeat_amount,
    ]
    names = ["repeats", "recency_days", "age_days", "first_amount", "repeat_amount"]
    columns = {
        name: np.concatenate(
            [ordinary, np.array([customer[k] for customer in odd] * copies, dtype=ordinary.dtype)]
        )
        for k, (name, ordinary) in enumerate(zip(names, given_columns, strict=True))
    }
    report = run_ltv(histories(**columns), tmp_path, as_of_date=AS_OF_DATE)
    assert_sound(report, len(columns["repeats"]))


@pytest.mark.parametrize(
    "kind", ["one_time", "same_day", "all_refunded", "every_week", "two_kinds"]
)
def test_degenerate_shops(histories: Histories, tmp_path: Path, kind: str) -> None:
    """Whole shops at the edge of what the models can hold, each large enough to pass the counting
    gates where that is possible."""
    count = 800
    age = np.arange(count) % 400 + 1
    repeats, recency = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    first, repeat = np.full(count, 20.0), np.zeros(count)
    if kind == "same_day":
        age[:] = 0
    if kind in ("all_refunded", "every_week", "two_kinds"):
        repeats = (
            age // 7
            if kind != "two_kinds"
            else np.where(np.arange(count) % 2, 0, np.minimum(age, 3))
        )
        recency = repeats * 7 if kind != "two_kinds" else repeats
        repeat = repeats * 20.0
    if kind == "all_refunded":
        first, repeat = first * 0, -repeat
    report = run_ltv(
        histories(
            repeats=repeats,
            recency_days=recency,
            age_days=age,
            first_amount=first,
            repeat_amount=repeat,
        ),
        tmp_path,
        as_of_date=AS_OF_DATE,
    )
    assert_sound(report, count)
    assert report.method != "bg_nbd" or all(
        found.log_likelihood == found.log_likelihood for found in report.fits
    )
