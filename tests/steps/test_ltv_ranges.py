"""Predictive ranges against the distribution worked out customer by customer."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import betainc

from orchestration.steps.ltv.bg_nbd import BetaGeometric
from orchestration.steps.ltv.cells import Cells
from orchestration.steps.ltv.ranges import revenue_ranges
from orchestration.steps.ltv.step import run_ltv

BG = BetaGeometric()
THETA = np.array([0.45, 9.0, 0.7, 2.6])
VALUES = np.array([4.0, 4.0, 40.0])


def exact_quantile(cells: Cells, k: int, exceeded: float, days: int) -> float:
    """The sum that cell k exceeds with probability `exceeded`, in units of (gamma + spend):
    solved for this customer alone."""
    x, age = cells.repeats[k : k + 1], cells.age[k : k + 1]
    alive = BG.probability_alive(THETA, cells)[k]
    exceeds = np.array(
        [BG.orders_at_least(THETA, n, x, age, days / 7)[0] for n in range(1, 200)] + [0.0]
    )
    mass = alive * (exceeds[:-1] - exceeds[1:])
    p, q = VALUES[:2]

    def above(total: float) -> float:
        return (
            float(
                (mass * betainc(q + p * (x[0] + 1), p * np.arange(1, 200), 1 / (1 + total))).sum()
            )
            - exceeded
        )

    return 0.0 if above(1e-12) <= 0 else float(brentq(above, 1e-12, 1e4))


def test_table_agrees_with_the_exact_distribution() -> None:
    rng = np.random.default_rng(8)
    repeats = rng.integers(0, 25, 1_500)
    age = rng.integers(30, 730, 1_500)
    recency = np.where(repeats > 0, (age * rng.uniform(0.3, 1.0, 1_500)).astype(np.int64) + 1, 0)
    cells = Cells.from_days(repeats, np.minimum(recency, age), age, np.ones(1_500, dtype=np.int64))
    ranges = revenue_ranges(BG, THETA, VALUES, cells, 365)
    for k in range(0, 1_500, 15):
        high, low = exact_quantile(cells, k, 0.1, 365), exact_quantile(cells, k, 0.9, 365)
        assert ranges.high[k] == pytest.approx(high, rel=0.02, abs=0.01)
        assert ranges.low[k] == pytest.approx(low, rel=0.06, abs=0.02)


def test_ranges_cover_what_they_say(
    simulate: Callable[..., Any], histories: Callable[..., Any], as_of_date: date, tmp_path: Path
) -> None:
    """Of 15,000 customers a tenth earn more than the upper bound;
    of those with a lower bound above zero, a tenth earn less."""
    shop = simulate(15_000, 21)
    connection = histories(
        repeats=shop.repeats,
        recency_days=shop.recency_days,
        age_days=shop.age_days,
        first_amount=shop.first_amount,
        repeat_amount=shop.repeat_amount,
    )
    report = run_ltv(connection, tmp_path, as_of_date=as_of_date)
    rows = connection.execute(
        """
        select
            predicted_revenue_365_days_low::double as low,
            predicted_revenue_365_days_high::double as high
        from read_parquet(?) order by customer_id
        """,
        [str(report.scores_file)],
    ).fetchnumpy()
    low, high = np.asarray(rows["low"]), np.asarray(rows["high"])
    assert (low <= high).all()
    assert float((shop.future_amount > high).mean()) == pytest.approx(0.1, abs=0.012)
    has_floor = low > 0
    assert has_floor.sum() > 100
    assert float((shop.future_amount[has_floor] < low[has_floor]).mean()) == pytest.approx(
        0.1, abs=0.05
    )
    assert float(report.totals[1].predicted_revenue) == pytest.approx(
        float(shop.future_amount.sum()), rel=0.06
    )
