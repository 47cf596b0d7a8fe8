"""From distinct cells to forecasts: which model says what, and when none may be believed.

Orders, dates and ranges come from BG/NBD. P(alive) comes from MBG/NBD: to BG/NBD everyone who bought once is alive with certainty, however
long ago, which is no answer to give to a person. The value of an order comes from Gamma-Gamma. Plain NBD is fitted as a yardstick only.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orchestration.steps.ltv.bg_nbd import BetaGeometric
from orchestration.steps.ltv.cells import Cells, Floats, Integers
from orchestration.steps.ltv.fit import Fit, fit
from orchestration.steps.ltv.forecast import days_to_next_order, expected_orders, relative_standard_error
from orchestration.steps.ltv.gamma_gamma import GammaGamma, OrderValues, in_money
from orchestration.steps.ltv.models import PurchaseModel
from orchestration.steps.ltv.nbd import NegativeBinomial
from orchestration.steps.ltv.ranges import revenue_ranges

ORDERS_MODEL: PurchaseModel = BetaGeometric()
ALIVE_MODEL: PurchaseModel = BetaGeometric(drops_out_after_first=True)
MOST_RELATIVE_STANDARD_ERROR = 0.15
# A drop-out model must beat plain NBD by this much log-likelihood to have seen drop-out at all.
LEAST_GAIN_OVER_NBD = 2.0
NO_DROPOUT_SEEN = "no_dropout_seen"
MEAN_UNDEFINED = "population_mean_undefined"


@dataclass(frozen=True)
class Fits:
    """Tonight's fits; `values` has gamma in money. `relative_standard_error`: of the expected orders of the longest horizon in total."""

    orders: Fit
    alive: Fit
    yardstick: Fit
    values: Fit
    relative_standard_error: float

    @property
    def all(self) -> tuple[Fit, ...]:
        return (self.orders, self.alive, self.yardstick, self.values)

    @property
    def distrust(self) -> str | None:
        """Why the whole night falls back to the cohort average, or None. An edge alone is no reason: it does not mean a bad forecast."""
        broken = [found.name for found in (self.orders, self.alive, self.values) if not found.is_usable]
        if broken:
            return f"fit_not_finite: {', '.join(broken)}"
        if not self.relative_standard_error <= MOST_RELATIVE_STANDARD_ERROR:
            return "forecast_too_uncertain"
        p, q = self.values.parameters[:2]
        if p + q <= 1.0:
            return "order_value_mean_undefined"
        return None


@dataclass(frozen=True)
class CellScores:
    """Forecasts per cell, all of shape (cells,). `low` and `high` are in units of (gamma + spend so far)."""

    probability_alive: Floats
    expected_orders: dict[int, Floats]
    low: Floats
    high: Floats
    next_order_days: Integers

    @property
    def is_finite(self) -> npt.NDArray[np.bool_]:
        """Where every number exists."""
        columns = [self.probability_alive, *self.expected_orders.values(), self.low, self.high]
        return np.asarray(np.isfinite(np.stack(columns)).all(axis=0), dtype=np.bool_)


def fit_all(cells: Cells, values: OrderValues, longest_horizon: int) -> Fits:
    """Fit every model to the histories (cells) and the repeat orders (values)."""
    yardstick = fit(NegativeBinomial(), cells)
    orders, alive = (_with_dropout_flag(fit(model, cells), yardstick) for model in (ORDERS_MODEL, ALIVE_MODEL))
    money = in_money(fit(GammaGamma(), values), values)
    if not money.parameters[1] > 1.0:
        money = money.flagged(MEAN_UNDEFINED)
    error = relative_standard_error(ORDERS_MODEL, orders.parameters, orders.covariance, cells, longest_horizon)
    return Fits(orders, alive, yardstick, money, error)


def score_cells(fits: Fits, cells: Cells, horizons: tuple[int, ...]) -> CellScores:
    """Forecast every cell for each horizon (days); date and range for the longest."""
    longest = max(horizons)
    parameters = fits.orders.parameters
    ranges = revenue_ranges(ORDERS_MODEL, parameters, fits.values.parameters, cells, longest)
    return CellScores(
        probability_alive=ALIVE_MODEL.probability_alive(fits.alive.parameters, cells),
        expected_orders={days: expected_orders(ORDERS_MODEL, parameters, cells, days) for days in horizons},
        low=ranges.low,
        high=ranges.high,
        next_order_days=days_to_next_order(ORDERS_MODEL, parameters, cells, longest),
    )


def _with_dropout_flag(found: Fit, yardstick: Fit) -> Fit:
    gain = found.log_likelihood - yardstick.log_likelihood
    return found if gain >= LEAST_GAIN_OVER_NBD else found.flagged(NO_DROPOUT_SEEN)
