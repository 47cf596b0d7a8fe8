"""The CDNOW sample gives what is published for it."""

from collections.abc import Iterator
from datetime import date, timedelta

import duckdb
import numpy as np
import pytest

from orchestration.commands.figures import holds
from orchestration.steps.ltv import sql
from orchestration.steps.ltv.bg_nbd import BetaGeometric
from orchestration.steps.ltv.cells import Cells
from orchestration.steps.ltv.fit import fit
from orchestration.steps.ltv.forecast import expected_orders
from tests.benchmarks import cdnow

BG, MBG = BetaGeometric(), BetaGeometric(drops_out_after_first=True)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with cdnow.connect_to_histories() as connection:
        yield connection


@pytest.fixture(scope="module")
def cells(connection: duckdb.DuckDBPyConnection) -> Cells:
    connection.execute(sql.HISTORIES.format(histories="marts.purchase_histories"))
    days = connection.execute(sql.CELLS).fetchnumpy()
    return Cells.from_days(days["repeats"], days["recency_days"], days["age_days"], days["customers"])


def test_figures_are_the_published_ones() -> None:
    figures = cdnow.measure()
    assert [figure["name"] for figure in figures] == list(cdnow.PUBLISHED)
    assert [figure["name"] for figure in figures if not holds(figure["value"], figure["bar"])] == []
    assert [figure["value"] for figure in figures] == [0.2426, 4.4136, 0.7929, 2.4259, -9582.43, 6.2496, 3.7442, 15.4435]


def test_mbg_nbd_is_the_published_one(cells: Cells) -> None:
    found = fit(MBG, cells)
    assert [round(float(value), 4) for value in found.parameters] == [0.5248, 6.1831, 0.8914, 1.6140]
    assert round(found.log_likelihood, 2) == -9582.14
    assert found.flags == ()


@pytest.mark.parametrize(("model", "in_total", "one_time_buyers"), [(BG, 1653.4, 318), (MBG, 1576.7, 261)])
def test_hold_out_forecast(cells: Cells, model: BetaGeometric, in_total: float, one_time_buyers: float) -> None:
    days = (cdnow.DATA_END - cdnow.CALIBRATION_END).days
    assert days == 39 * 7
    expected = cells.weight * expected_orders(model, fit(model, cells).parameters, cells, days)
    assert round(float(expected.sum()), 1) == in_total
    assert round(float(expected[cells.repeats == 0].sum())) == one_time_buyers


def test_hold_out_error_is_the_published_one(connection: duckdb.DuckDBPyConnection, cells: Cells) -> None:
    """1,882 actual order days against the forecast of each customer: RMSE 1.6080, r .6256, MAE .7855."""
    forecast = expected_orders(BG, fit(BG, cells).parameters, cells, 273)
    by_cell = dict(zip(zip(cells.repeats, cells.recency.round(6), cells.age.round(6), strict=True), forecast, strict=True))
    rows = connection.execute(
        """
        select repeat_days_count, recency_days / 7.0, age_days / 7.0, count(distinct day) from marts.purchase_histories
        left join purchases on purchases.customer_id = purchase_histories.customer_id and day > $end
        group by purchase_histories.customer_id, 1, 2, 3
        """,
        {"end": cdnow.CALIBRATION_END},
    ).fetchall()
    actual = np.array([row[3] for row in rows], dtype=np.float64)
    expected = np.array([by_cell[(row[0], round(row[1], 6), round(row[2], 6))] for row in rows])
    assert actual.sum() == 1882
    assert float(np.sqrt(((actual - expected) ** 2).mean())) == pytest.approx(1.6080, abs=0.0005)
    assert float(np.corrcoef(actual, expected)[0, 1]) == pytest.approx(0.6256, abs=0.0005)
    assert float(np.abs(actual - expected).mean()) == pytest.approx(0.7855, abs=0.0005)


def test_one_day_more_changes_the_answer() -> None:
    """The convention matters: ages that run to the day after give other parameters, so the test above does test it."""
    with cdnow.connect_to_histories() as connection:
        connection.execute(sql.HISTORIES.format(histories="marts.purchase_histories"))
        days = connection.execute(sql.CELLS).fetchnumpy()
    later = Cells.from_days(days["repeats"], days["recency_days"], days["age_days"] + 1, days["customers"])
    assert abs(fit(BG, later).log_likelihood + 9582.43) > 1.0
    assert date(1997, 1, 1) + timedelta(int(days["age_days"].max())) == cdnow.CALIBRATION_END
