"""The step as the night calls it: one row per customer, never a silent or impossible number,
the same every time."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.layers import STEP_TABLES
from orchestration.steps.ltv import gates, score
from orchestration.steps.ltv.report import LtvReport, score_columns
from orchestration.steps.ltv.score import CANDIDATES
from orchestration.steps.ltv.step import run_ltv
from orchestration.steps.run import STEP_COLUMNS

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


def test_files_have_the_declared_columns_even_without_customers(
    histories: Histories, tmp_path: Path
) -> None:
    empty = histories(
        repeats=[], recency_days=[], age_days=[], first_amount=[], repeat_amount=[], customer_id=[]
    )
    report = run_ltv(empty, tmp_path, as_of_date=AS_OF_DATE)
    assert (report.method, report.customers_count, report.customers_by_method) == (
        "no_customers",
        0,
        {},
    )
    for file in tmp_path.iterdir():
        assert duckdb.execute("select count(*) from read_parquet(?)", [str(file)]).fetchall() == [
            (0,)
        ]
    assert sorted(path.stem for path in tmp_path.iterdir()) == sorted(STEP_TABLES["ltv"])
    for table in STEP_TABLES["ltv"]:
        described = duckdb.execute(
            "describe select * from read_parquet(?)", [str(tmp_path / f"{table}.parquet")]
        ).fetchall()
        assert {row[0]: row[1].lower().replace(",", ", ") for row in described} == STEP_COLUMNS[
            table
        ]


def test_a_normal_shop_is_forecast(
    simulate: Callable[..., Any], histories: Histories, tmp_path: Path
) -> None:
    connection = shop_of(simulate, histories, 1_500)
    report = run_ltv(connection, tmp_path, as_of_date=AS_OF_DATE)
    rows = assert_sound(report, 1_500)
    assert report.customers_by_method == {"bg_nbd": 1_500} and report.reason is None
    assert {found.model for found in report.fits} == {
        "bg_nbd",
        "mbg_nbd",
        "pareto_nbd",
        "nbd",
        "gamma_gamma",
    }
    assert (
        sum(Decimal(row["predicted_revenue_365_days"]) for row in rows)
        == report.totals[1].predicted_revenue
    )
    assert any(row["next_order_expected_on"] for row in rows)
    tables = "select table_name from duckdb_tables() where temporary"
    left = connection.execute(
        f"{tables} union all select view_name from duckdb_views() where temporary and not internal"
    )
    assert left.fetchall() == [], "the step keeps nothing in the connection"
    as_json = report.as_dict()
    assert as_json["as_of_date"] == "2025-06-30" and as_json["totals"][0]["days"] == 90


def test_the_order_of_the_rows_and_a_second_run_change_nothing(
    simulate: Callable[..., Any], histories: Histories, tmp_path: Path
) -> None:
    connection = shop_of(simulate, histories, 1_500)
    first = run_ltv(connection, tmp_path / "first", as_of_date=AS_OF_DATE)
    connection.execute(
        "create table shuffled as select * from marts.purchase_histories order by md5(customer_id)"
    )
    second = run_ltv(connection, tmp_path / "second", as_of_date=AS_OF_DATE, histories="shuffled")
    assert rows_of(first) == rows_of(second)
    assert first.fits == second.fits
    assert first.scores_file.read_bytes() == second.scores_file.read_bytes()


def test_reads_through_a_read_only_database(
    simulate: Callable[..., Any], histories: Histories, tmp_path: Path
) -> None:
    """As in the night: the generation attached read-only, its catalog first in the search path."""
    shop_of(simulate, histories, 600).execute(
        f"attach '{tmp_path / 'gen.duckdb'}' as gen; copy from database memory to gen; detach gen"
    )
    connection = duckdb.connect()
    connection.execute("set preserve_insertion_order = false")
    connection.execute(f"attach '{tmp_path / 'gen.duckdb'}' as clientele (read_only)")
    connection.execute(
        "create schema memory.steps; create view memory.steps.step_scores as select 1 as wrong"
    )
    connection.execute("set search_path = 'clientele.main,memory.steps'")
    assert_sound(run_ltv(connection, tmp_path / "out", as_of_date=AS_OF_DATE), 600)


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


def test_two_histories_of_one_customer_are_refused(
    simulate: Callable[..., Any], histories: Histories, tmp_path: Path
) -> None:
    connection = shop_of(simulate, histories, 50)
    connection.execute("insert into marts.purchase_histories from marts.purchase_histories limit 2")
    with pytest.raises(ValueError, match=r"marts\.purchase_histories: 2 rows repeat a customer_id"):
        run_ltv(connection, tmp_path, as_of_date=AS_OF_DATE)
    assert list(tmp_path.iterdir()) == []


def test_other_horizons_name_their_columns(
    simulate: Callable[..., Any], histories: Histories, tmp_path: Path
) -> None:
    report = run_ltv(
        shop_of(simulate, histories, 800), tmp_path, as_of_date=AS_OF_DATE, horizons=(180, 30)
    )
    columns = duckdb.execute(
        "describe select * from read_parquet(?)", [str(report.scores_file)]
    ).fetchall()
    assert [column[0] for column in columns] == list(score_columns((30, 180)))
    assert [total.days for total in report.totals] == [30, 180]
    with pytest.raises(ValueError, match="horizons"):
        run_ltv(shop_of(simulate, histories, 10), tmp_path, as_of_date=AS_OF_DATE, horizons=(0,))


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
