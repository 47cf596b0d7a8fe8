"""Hold-outs: they forecast from what was known, pick a model,
show a season that no likelihood sees, and say when there are none."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from orchestration.steps.ltv.accuracy import Accuracy, accuracy, rank_correlation, tenths
from orchestration.steps.ltv.backtest import Backtests, HoldOut, Tenth
from orchestration.steps.ltv.step import run_ltv
from orchestration.steps.ltv.totals_sql import ALL_CUSTOMERS
from tests.benchmarks import cdnow


@pytest.fixture(scope="module")
def year_on(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Any, dict[str, list[dict[str, Any]]]]]:
    """The CDNOW sample at its end: the report and the tables."""
    folder = tmp_path_factory.mktemp("ltv")
    with cdnow.connect_to_histories(cdnow.DATA_END) as connection:
        report = run_ltv(connection, folder, as_of_date=cdnow.DATA_END)
    yield (
        report,
        {
            name: rows(folder / f"{name}.parquet")
            for name in ("ltv_backtests", "ltv_backtest_deciles", "ltv_totals")
        },
    )


def rows(path: Path) -> list[dict[str, Any]]:
    result = duckdb.execute("select * from read_parquet(?)", [str(path)])
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def test_origins_models_and_segments(year_on: Any) -> None:
    report, tables = year_on
    found = {(row["days_back"], row["horizon_days"]) for row in tables["ltv_backtests"]}
    assert found == {(90, 90), (180, 90), (270, 90), (365, 90), (365, 365)}, (
        "older origins have too little history"
    )
    assert {row["model"] for row in tables["ltv_backtests"]} == {"bg_nbd", "mbg_nbd", "pareto_nbd"}
    assert {row["model"] for row in tables["ltv_backtests"] if row["is_chosen"]} == {report.method}
    assert {row["segment"] for row in tables["ltv_backtests"]} == {ALL_CUSTOMERS, "unknown"}
    for row in tables["ltv_backtests"]:
        assert row["origin_date"] == cdnow.DATA_END - timedelta(row["days_back"])
        assert (row["naive_rmse"] is None) == (row["origin_date"] < date(1998, 1, 1)), (
            "no year before the first year"
        )


def test_a_hold_out_counts_what_came_behind_its_origin(year_on: Any) -> None:
    origin = cdnow.DATA_END - timedelta(270)
    with cdnow.connect_to_histories(cdnow.DATA_END) as connection:
        came = connection.execute(
            "select count(*) from marts.purchase_days where placed_date > $1 and placed_date <= $2",
            [origin, origin + timedelta(90)],
        ).fetchall()[0][0]
    parts = [
        row
        for row in year_on[1]["ltv_backtest_deciles"]
        if row["origin_date"] == origin and row["model"] == "bg_nbd"
    ]
    whole = [
        row
        for row in year_on[1]["ltv_backtests"]
        if row["origin_date"] == origin and row["model"] == "bg_nbd"
    ]
    assert sum(row["actual_orders"] for row in parts) == came == whole[0]["actual_orders"]
    assert sum(row["expected_orders"] for row in parts) == pytest.approx(
        whole[0]["expected_orders"]
    )
    assert sum(row["customers_count"] for row in parts) == 2357
    assert [row["decile"] for row in parts] == list(range(1, 11))


def test_totals_are_wider_by_the_backtest(year_on: Any) -> None:
    report, tables = year_on
    for total in (row for row in tables["ltv_totals"] if row["segment"] == ALL_CUSTOMERS):
        ratios = [
            row["actual_to_expected"]
            for row in report.backtests
            if row["horizon_days"] == total["horizon_days"]
        ]
        wanted = float(total["predicted_revenue"]) * float(np.sqrt(np.mean(np.log(ratios) ** 2)))
        assert float(total["backtest_standard_error"]) == pytest.approx(wanted, rel=1e-4)
        half = 1.28155 * np.hypot(float(total["model_standard_error"]), wanted)
        assert float(total["predicted_revenue_high"] - total["predicted_revenue"]) == pytest.approx(
            half, rel=1e-4
        )
        assert total["interval_basis"] == "model and backtest"
    plots = report.as_dict()["plots"]["ltv_backtests"]
    assert set(plots) == {
        f"{measure}, {days} days" for measure in ("actual / expected", "RMSE") for days in (90, 365)
    }


def test_without_a_hold_out_the_total_says_so(
    simulate: Any, histories: Any, as_of_date: date, tmp_path: Path
) -> None:
    shop = simulate(800, 4)
    names = ("repeats", "recency_days", "age_days", "first_amount", "repeat_amount")
    run_ltv(
        histories(**{name: getattr(shop, name) for name in names}), tmp_path, as_of_date=as_of_date
    )
    assert {row["interval_basis"] for row in rows(tmp_path / "ltv_totals.parquet")} == {
        "model only: no backtest yet"
    }
    assert {row["backtest_standard_error"] for row in rows(tmp_path / "ltv_totals.parquet")} == {
        None
    }


def test_a_season_withdraws_the_forecast(tmp_path: Path) -> None:
    """Two purchases of three fall away in the second half-year:
    the same window a year back was off, so nothing is shown."""
    with cdnow.connect_to_histories(cdnow.DATA_END) as connection:
        connection.execute(
            "delete from marts.purchase_days where placed_date between '1997-07-01'"
            " and '1997-12-31' and hash(customer_id, placed_date) % 3 > 0"
        )
        report = run_ltv(connection, tmp_path, as_of_date=cdnow.DATA_END)
    assert report.method == "cohort_average" and str(report.reason).startswith(
        "backtest_off: 90 days from 1997-06-30, actual / expected 0."
    )
    assert set(report.fallback_customers_by_reason) == {report.reason}
    for total in rows(tmp_path / "ltv_totals.parquet"):
        assert (total["predicted_revenue_low"], total["predicted_revenue_high"]) == (None, None)
        assert total["interval_basis"] == "none: cohort average" and total["predicted_revenue"] > 0


def hold_out(
    model: str, rmse: float, ratio: float, mae: float = 0.5, days_back: int = 365
) -> HoldOut:
    found = Accuracy(100, round(1000 * ratio), 1000.0, rmse, mae, 0.5)
    return HoldOut(date(2025, 6, 30), 365, days_back, model, ALL_CUSTOMERS, found, None)


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ([], "bg_nbd"),
        ([("bg_nbd", 1.0, (1.2, 0.8)), ("mbg_nbd", 1.2, (1.0, 1.0))], "bg_nbd"),
        ([("bg_nbd", 1.0, (1.2, 1.2)), ("mbg_nbd", 1.005, (1.1, 1.1))], "mbg_nbd"),
        ([("bg_nbd", 1.0, (1.1, 1.1)), ("pareto_nbd", 1.0, (0.8, 1.2), 0.1)], "bg_nbd"),
    ],
    ids=[
        "none yet",
        "error first",
        "then calibration",
        "of the parts, not of the total, and never MAE",
    ],
)
def test_error_picks_first_then_calibration(given: list[Any], chosen: str) -> None:
    whole = tuple(
        hold_out(model, rmse, sum(ratios) / 2, *mae) for model, rmse, ratios, *mae in given
    )
    parts = tuple(
        Tenth(date(2025, 6, 30), 365, model, number, 50, round(500 * ratio), 500.0)
        for model, _, ratios, *_ in given
        for number, ratio in enumerate(ratios, start=1)
    )
    assert Backtests(whole, parts).choose(["bg_nbd", "mbg_nbd", "pareto_nbd"]) == chosen


def test_the_same_window_a_year_back_is_the_judge() -> None:
    latest = Backtests(
        (hold_out("bg_nbd", 1, 1.3, days_back=90), hold_out("bg_nbd", 1, 1.2, days_back=365))
    )
    assert latest.distrust("bg_nbd") is None
    assert Backtests(latest.hold_outs[:1]).distrust("bg_nbd") is not None
    assert Backtests().distrust("bg_nbd") is None and Backtests().log_error("bg_nbd", 365) is None
    assert latest.log_error("bg_nbd", 365) == pytest.approx(
        np.sqrt((np.log(1.3) ** 2 + np.log(1.2) ** 2) / 2)
    )


def test_measures_by_hand() -> None:
    weight, actual, told = np.array([2.0, 1.0]), np.array([0.0, 3.0]), np.array([0.5, 2.0])
    found = accuracy(weight, actual, told)
    assert (found.customers, found.actual, found.expected) == (3, 3, 3.0)
    assert (found.rmse, found.mae) == (round(float(np.sqrt(1.5 / 3)), 6), round(2 / 3, 6))
    assert found.rank_correlation == 1.0 and rank_correlation(weight, actual, -told) == -1.0
    assert rank_correlation(weight, actual, np.ones(2)) is None
    assert Accuracy(5, 0, 0.0, 0.0, 0.0, None).log_ratio == 0.0
    assert tenths(np.array([10.0, 10.0]), np.array([1.0, 0.0]), np.array([0.5, 0.5])) == [
        (3, 10, 10, 5.0),
        (8, 10, 0, 5.0),
    ]
