"""The purchase models against what can be worked out another way."""

from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import betaln, gammaln, hyp2f1

from orchestration.steps.ltv.cells import Cells
from orchestration.steps.ltv.forecast import (
    days_to_next_order,
    expected_orders,
    order_moments_if_alive,
)
from orchestration.steps.ltv.gamma_gamma import (
    GammaGamma,
    OrderValues,
)
from orchestration.steps.ltv.models import PurchaseModel
from tests.steps.purchase_models import BG, CELLS, MBG, NBD, PARETO, THETA

MODELS = [
    (BG, THETA),
    (MBG, THETA),
    (NBD, THETA[:2]),
    (PARETO, THETA),
    (PARETO, np.array([0.6, 12.0, 0.5, 9.0])),
]
VALUES = OrderValues.of(
    np.array([1.0, 1.0, 2.0, 30.0]),
    np.array([5.0, 500.0, 20.0, 33.0]),
    np.array([2.0, 1.0, 3.0, 1.0]),
)


@pytest.mark.parametrize(("model", "theta"), MODELS, ids=lambda value: getattr(value, "name", ""))
def test_gradient_is_the_slope_of_the_likelihood(model: PurchaseModel, theta: Any) -> None:
    assert_gradient(model, theta, CELLS)


def test_gamma_gamma_gradient_is_the_slope_of_the_likelihood() -> None:
    assert_gradient(GammaGamma(), np.array([4.0, 3.0, 0.7]), VALUES)


def assert_gradient(model: Any, theta: Any, rows: Any) -> None:
    gradient = model.log_likelihood(theta, rows)[1]
    for k in range(len(theta)):
        step = np.zeros(len(theta))
        step[k] = 1e-5
        up, down = (model.log_likelihood(theta * np.exp(sign * step), rows)[0] for sign in (1, -1))
        np.testing.assert_allclose(gradient[k], (up - down) / 2e-5, rtol=1e-6, atol=1e-7)


def test_bg_nbd_likelihood_is_the_mixture_it_stands_for() -> None:
    """Two purchases at 10 and 20 weeks, alive or gone at 52:
    integrated over rate and drop-out by quadrature."""
    r, alpha, a, b = THETA

    def rate(power: int, end: float) -> float:
        area = quad(lambda u: u ** (r + power - 1) * np.exp(-u * (alpha + end)), 0, np.inf)[0]
        return float(area * alpha**r / np.exp(gammaln(r)))

    def stay(dropped: int, stayed: int) -> float:
        return float(np.exp(betaln(a + dropped, b + stayed) - betaln(a, b)))

    by_hand = stay(0, 2) * rate(2, 52) + stay(1, 1) * rate(2, 20)
    cell = Cells.from_days(np.array([2]), np.array([140]), np.array([364]), np.array([1]))
    assert BG.log_likelihood(THETA, cell)[0][0] == pytest.approx(np.log(by_hand), rel=1e-8)
    modified = stay(0, 3) * rate(2, 52) + stay(1, 2) * rate(2, 20)
    assert MBG.log_likelihood(THETA, cell)[0][0] == pytest.approx(np.log(modified), rel=1e-8)


@pytest.mark.parametrize("days", [90, 365])
def test_expected_orders_are_those_of_the_closed_form(days: int) -> None:
    """Fader, Hardie and Lee (2005), equation 10, where its hypergeometric
    function is well behaved."""
    r, alpha, a, b = THETA
    x, age, t = CELLS.repeats[:5], CELLS.age[:5], days / 7
    ratio = ((alpha + age) / (alpha + age + t)) ** (r + x)
    closed = (
        (a + b + x - 1)
        / (a - 1)
        * (1 - ratio * hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t)))
    )
    np.testing.assert_allclose(
        order_moments_if_alive(BG, THETA, x, age, days)[0], closed, rtol=1e-6
    )


@pytest.mark.parametrize(
    "theta", [[0.5, 10.0, 0.6, 12.0], [0.5, 30.0, 0.6, 2.0], [2.0, 1.0, 5.0, 40.0]]
)
def test_pareto_nbd_likelihood_is_the_integral_it_stands_for(theta: list[float]) -> None:
    """Adaptive quadrature of the paper's integral;
    a customer of many purchases who is long gone is the hard case for fixed nodes."""
    r, alpha, s, beta = theta
    likelihood = PARETO.log_likelihood(np.array(theta), CELLS)[0]
    alive = PARETO.probability_alive(np.array(theta), CELLS)

    def ended(u: float, x: float, scale: float) -> float:
        return float(scale * s * (alpha + u) ** -(r + x) * (beta + u) ** -(s + 1))

    for k, (x, recency, age) in enumerate(
        zip(CELLS.repeats, CELLS.recency, CELLS.age, strict=True)
    ):
        scale = (alpha + recency) ** (r + x) * (beta + recency) ** s
        lost = (
            quad(ended, recency, age, (x, scale), epsabs=0, epsrel=1e-10, limit=200)[0]
            if age > recency
            else 0.0
        )
        there = scale * (alpha + age) ** -(r + x) * (beta + age) ** -s
        constant = (
            gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) - np.log(scale)
        )
        assert likelihood[k] == pytest.approx(constant + np.log(there + lost), rel=1e-7)
        assert alive[k] == pytest.approx(there / (there + lost), rel=1e-6)


def test_pareto_nbd_expectation_is_the_closed_form() -> None:
    """Fader and Hardie (2005), equation 41, away from its pole at s = 1; and no pole there."""
    r, alpha, s, beta = theta = np.array([0.55, 10.6, 0.61, 11.7])
    x, age, t = CELLS.repeats, CELLS.age, 365 / 7
    closed = (
        (r + x)
        * (beta + age)
        / (alpha + age)
        / (s - 1)
        * (1 - ((beta + age) / (beta + age + t)) ** (s - 1))
    )
    np.testing.assert_allclose(
        order_moments_if_alive(PARETO, theta, x, age, 365)[0], closed, rtol=1e-6
    )
    around = [
        expected_orders(PARETO, np.array([0.55, 10.6, s, 11.7]), CELLS, 365).sum()
        for s in (0.999999, 1.0, 1.000001)
    ]
    np.testing.assert_allclose(around, around[1], rtol=1e-5)


def test_expected_orders_have_no_pole_at_a_equal_1() -> None:
    around = [
        expected_orders(BG, np.array([0.4, 7.0, a, 2.5]), CELLS, 365).sum()
        for a in (0.999999, 1.0, 1.000001)
    ]
    assert np.isfinite(around).all()
    assert around[0] == pytest.approx(around[1], rel=1e-5) and around[1] == pytest.approx(
        around[2], rel=1e-5
    )


@pytest.mark.parametrize(("model", "theta"), MODELS, ids=lambda value: getattr(value, "name", ""))
def test_probabilities_are_probabilities(model: PurchaseModel, theta: Any) -> None:
    alive = model.probability_alive(theta, CELLS)
    assert ((alive >= 0) & (alive <= 1)).all()
    exceeds = np.stack(
        [model.orders_at_least(theta, n, CELLS.repeats, CELLS.age, 365 / 7) for n in range(1, 366)]
    )
    assert ((exceeds >= 0) & (exceeds <= 1)).all()
    assert (np.diff(exceeds, axis=0) <= 1e-12).all(), (
        "P(Y >= n) must fall with n: else a count has a negative probability"
    )
    mass = np.concatenate([[1 - exceeds[0]], exceeds[:-1] - exceeds[1:], [exceeds[-1]]])
    np.testing.assert_allclose(mass.sum(axis=0), 1.0, atol=1e-12)
    counts = np.arange(366)[:, None]
    for power, moment in enumerate(
        order_moments_if_alive(model, theta, CELLS.repeats, CELLS.age, 365), start=1
    ):
        np.testing.assert_allclose((mass * counts**power).sum(axis=0), moment, rtol=1e-5)


def test_only_mbg_nbd_lets_a_one_time_buyer_be_lost() -> None:
    weeks = np.array([0, 70, 700, 3000])
    bought_once = Cells.from_days(
        np.zeros(4, dtype=np.int64), np.zeros(4, dtype=np.int64), weeks, np.ones(4, dtype=np.int64)
    )
    assert (BG.probability_alive(THETA, bought_once) == 1.0).all()
    modified = MBG.probability_alive(THETA, bought_once)
    assert (np.diff(modified) < 0).all() and modified[0] < 1.0


def test_forecasts_move_the_way_they_should() -> None:
    recent = Cells.from_days(
        np.full(5, 4),
        np.array([40, 100, 200, 300, 365]),
        np.full(5, 365),
        np.ones(5, dtype=np.int64),
    )
    assert (np.diff(BG.probability_alive(THETA, recent)) > 0).all(), (
        "the later the last order, the more alive"
    )
    short, long = (expected_orders(BG, THETA, recent, days) for days in (90, 365))
    assert (long > short).all() and (np.diff(long) > 0).all()
    frequent = Cells.from_days(
        np.arange(1, 8), np.full(7, 360), np.full(7, 365), np.ones(7, dtype=np.int64)
    )
    assert (np.diff(expected_orders(BG, THETA, frequent, 365)) > 0).all(), (
        "the more orders, the more to come"
    )
    assert (expected_orders(BG, THETA, frequent, 5) <= 5).all(), "a day has one order day"


def test_next_order_is_the_first_day_that_is_as_likely_as_not() -> None:
    days = days_to_next_order(BG, THETA, CELLS, 365)
    alive = BG.probability_alive(THETA, CELLS)

    def chance(k: int, day: int) -> float:
        return float(
            alive[k]
            * BG.orders_at_least(THETA, 1, CELLS.repeats[k : k + 1], CELLS.age[k : k + 1], day / 7)[
                0
            ]
        )

    for k, day in enumerate(days):
        if day < 0:
            assert chance(k, 365) < 0.5
        else:
            assert chance(k, day) >= 0.5 > chance(k, day - 1)
    assert days[-1] > 0 and days[2] == -1
