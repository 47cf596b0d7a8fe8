"""The CDNOW sample gives what is published for it."""

from datetime import date, timedelta

from orchestration.cli.figures import holds
from orchestration.steps.ltv import sql
from orchestration.steps.ltv.bg_nbd import BetaGeometric
from orchestration.steps.ltv.cells import Cells
from orchestration.steps.ltv.fit import fit
from tests.benchmarks import cdnow

BG = BetaGeometric()
# Model → expected purchases in 39 weeks, MAE, r, RMSE, of these by one-time buyers. 1,882 came, 334
# of them by one-time buyers.
HOLD_OUT = {
    "bg_nbd": [1653.4, 0.7855, 0.6256, 1.6080, 318],
    "mbg_nbd": [1576.7, 0.7648, 0.6273, 1.6072, 261],
    "pareto_nbd": [1665.5, 0.7545, 0.6302, 1.6028, 195],
}


def test_figures_are_the_published_ones() -> None:
    figures = {figure["name"]: figure for figure in cdnow.measure()}
    assert [
        figure["name"] for figure in figures.values() if not holds(figure["value"], figure["bar"])
    ] == []
    bg_nbd = [figures[name]["value"] for name in list(cdnow.PUBLISHED)[:5]]
    assert bg_nbd == [0.2426, 4.4136, 0.7929, 2.4259, -9582.43]
    measures = ("expected", "mae", "r", "rmse", "one_time_buyers")
    told = {
        model: [figures[f"cdnow_holdout_{measure}_{model}"]["value"] for measure in measures]
        for model in HOLD_OUT
    }
    assert told == HOLD_OUT
    assert figures["cdnow_order_value_mae"]["value"] == 16.42
    assert "1882 purchases" in figures["cdnow_holdout_rmse"]["note"]


def test_one_day_more_changes_the_answer() -> None:
    """The convention matters: ages that run to the day after give other parameters,
    so the test above does test it."""
    with cdnow.connect_to_histories() as connection:
        connection.execute(sql.HISTORIES.format(histories="marts.purchase_histories"))
        days = connection.execute(sql.CELLS).fetchnumpy()
    later = Cells.from_days(
        days["repeats"], days["recency_days"], days["age_days"] + 1, days["customers"]
    )
    assert abs(fit(BG, later).log_likelihood + 9582.43) > 1.0
    assert date(1997, 1, 1) + timedelta(int(days["age_days"].max())) == cdnow.CALIBRATION_END
