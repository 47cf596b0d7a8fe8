"""The fit and Gamma-Gamma against what can be worked out another way."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from orchestration.steps.ltv.cells import Cells
from orchestration.steps.ltv.fit import EDGE, fit, round_significant
from orchestration.steps.ltv.forecast import (
    expected_orders,
    relative_standard_error,
)
from orchestration.steps.ltv.gamma_gamma import (
    GammaGamma,
    OrderValues,
    expected_order_value,
    in_money,
)
from orchestration.steps.ltv.score import NO_DROPOUT_SEEN, fit_all
from tests.steps.purchase_models import BG, CELLS, THETA


@pytest.mark.parametrize("seed", [11, 12])
def test_parameters_are_recovered(simulate: Callable[..., Any], seed: int) -> None:
    """10,000 customers: every parameter within three of its own standard errors
    (days instead of moments cost a little bias)."""
    shop = simulate(10_000, seed)
    cells = Cells.from_days(
        shop.repeats, shop.recency_days, shop.age_days, np.ones(10_000, dtype=np.int64)
    )
    buyers = shop.repeats > 0
    values = OrderValues.of(
        shop.repeats[buyers].astype(float),
        shop.repeat_amount[buyers] / shop.repeats[buyers],
        np.ones(int(buyers.sum())),
    )
    fits = fit_all(cells, values)
    for found, truth in ((fits.orders, [0.45, 9.0, 0.7, 2.6]), (fits.values, [4.0, 4.0, 40.0])):
        assert found.flags == ()
        assert (
            np.abs(np.log(found.parameters) - np.log(truth)) < 3 * found.log_standard_errors
        ).all(), found
    fits = fits.choose("bg_nbd", cells, (365,))
    assert fits.distrust(is_backtested=False) is None and fits.relative_standard_errors is not None
    assert 0 < fits.relative_standard_errors[365] < 0.05
    forecast = float(expected_orders(BG, fits.orders.parameters, cells, 365).sum())
    assert forecast == pytest.approx(shop.future_orders.sum(), rel=0.06)


def test_weights_count_customers() -> None:
    """A cell of five customers is five cells of one."""
    rows = np.repeat(np.arange(6), CELLS.weight.astype(int))
    apart = Cells.from_days(
        CELLS.repeats[rows].astype(np.int64),
        (CELLS.recency[rows] * 7).round().astype(np.int64),
        (CELLS.age[rows] * 7).round().astype(np.int64),
        np.ones(len(rows), dtype=np.int64),
    )
    together, each = (
        float((cells.weight * BG.log_likelihood(THETA, cells)[0]).sum()) for cells in (CELLS, apart)
    )
    assert together == pytest.approx(each, rel=1e-12) and CELLS.customers_count == 16


def test_a_shop_without_dropout_is_flagged(simulate: Callable[..., Any]) -> None:
    shop = simulate(3_000, 5, a=1e-4, b=10.0)
    cells = Cells.from_days(
        shop.repeats, shop.recency_days, shop.age_days, np.ones(3_000, dtype=np.int64)
    )
    buyers = shop.repeats > 0
    values = OrderValues.of(
        shop.repeats[buyers].astype(float),
        shop.repeat_amount[buyers] / shop.repeats[buyers],
        np.ones(int(buyers.sum())),
    )
    fits = fit_all(cells, values)
    assert NO_DROPOUT_SEEN in fits.orders.flags and EDGE in fits.orders.flags
    assert fits.distrust(is_backtested=False) is not None
    assert np.isfinite(expected_orders(BG, fits.orders.parameters, cells, 365)).all()


def test_unknown_covariance_makes_the_total_uncertain() -> None:
    assert relative_standard_error(BG, THETA, np.full((4, 4), np.inf), CELLS, 365) == float("inf")


def test_order_values_of_the_same_money_in_another_currency() -> None:
    """A hundred times the money is a hundred times gamma, and nothing else."""
    rng = np.random.default_rng(3)
    orders = rng.integers(1, 9, 4_000).astype(float)
    mean = rng.gamma(5.0 * orders) / orders / rng.gamma(4.0, 1 / 30.0, 4_000)
    small, large = (
        in_money(fit(GammaGamma(), values), values)
        for values in (
            OrderValues.of(orders, mean * scale, np.ones(4_000)) for scale in (1.0, 100.0)
        )
    )
    np.testing.assert_allclose(large.parameters, small.parameters * [1, 1, 100], rtol=1e-5)
    assert large.log_likelihood == pytest.approx(
        small.log_likelihood - 4_000 * np.log(100), abs=1e-3
    )


def test_one_time_buyers_stand_by_what_they_spent() -> None:
    theta = np.array([6.25, 3.74, 15.44])
    spend = np.array([0.0, 5.0, 30.0, 300.0])
    once = expected_order_value(theta, np.ones(4), spend)
    assert (np.diff(once) > 0).all() and once[0] > 0
    assert once[1] < expected_order_value(theta, np.array([5.0]), np.array([150.0]))[0] < once[3]
    often = expected_order_value(theta, np.full(4, 50.0), spend * 50)
    assert (np.abs(often - spend)[1:] < np.abs(once - spend)[1:]).all(), (
        "the more orders, the nearer to one's own mean"
    )


def test_rounding_keeps_seven_digits() -> None:
    np.testing.assert_array_equal(
        round_significant(np.array([0.24259451234, 12345.678901])), [0.2425945, 12345.68]
    )
