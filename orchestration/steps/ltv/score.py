"""From distinct cells to forecasts: which model says what, and when none may be believed.

Orders, dates and ranges come from the purchase model that past hold-outs picked (`backtest`),
BG/NBD until there are any. P(alive) comes from the same one, but never from BG/NBD: to it
everyone who bought once is alive with certainty, however long ago, which is no answer to give to
a person; MBG/NBD answers for it. The value of an order comes from Gamma-Gamma. Plain NBD is fitted
as a yardstick only.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from orchestration.steps.ltv.bg_nbd import BetaGeometric
from orchestration.steps.ltv.cells import Cells, Floats, Integers
from orchestration.steps.ltv.fit import EDGE, Fit, fit
from orchestration.steps.ltv.forecast import (
    days_to_next_order,
    order_moments,
    relative_standard_error,
)
from orchestration.steps.ltv.gamma_gamma import GammaGamma, OrderValues, in_money
from orchestration.steps.ltv.models import PurchaseModel
from orchestration.steps.ltv.nbd import NegativeBinomial
from orchestration.steps.ltv.pareto_nbd import ParetoNBD
from orchestration.steps.ltv.ranges import revenue_ranges

UNTIL_BACKTESTED = "bg_nbd"
SEES_ONE_TIME_BUYERS = "mbg_nbd"
CANDIDATES: dict[str, PurchaseModel] = {
    model.name: model
    for model in (BetaGeometric(), BetaGeometric(drops_out_after_first=True), ParetoNBD())
}
MOST_RELATIVE_STANDARD_ERROR = 0.15
# A drop-out model must beat plain NBD by this much log-likelihood to have seen drop-out at all.
LEAST_GAIN_OVER_NBD = 2.0
NO_DROPOUT_SEEN = "no_dropout_seen"
MEAN_UNDEFINED = "population_mean_undefined"


@dataclass(frozen=True)
class Fits:
    """Tonight's fits; `values` has gamma in money.

    `relative_standard_errors`: of the chosen model's total of orders, per horizon.
    """

    purchases: dict[str, Fit]
    yardstick: Fit
    values: Fit
    chosen: str = UNTIL_BACKTESTED
    relative_standard_errors: dict[int, float] | None = None

    @property
    def orders(self) -> Fit:
        """The fit that forecasts orders."""
        return self.purchases[self.chosen]

    @property
    def alive(self) -> Fit:
        """The fit that says who is still there."""
        return self.purchases[
            SEES_ONE_TIME_BUYERS if self.chosen == UNTIL_BACKTESTED else self.chosen
        ]

    @property
    def all(self) -> tuple[Fit, ...]:
        return (*self.purchases.values(), self.yardstick, self.values)

    def choose(self, name: str, cells: Cells, horizons: tuple[int, ...]) -> "Fits":
        """The same fits with the model that forecasts, and how uncertain its totals are."""
        found = self.purchases[name]
        errors = {
            days: relative_standard_error(
                CANDIDATES[name], found.parameters, found.covariance, cells, days
            )
            if found.is_usable
            else float("inf")
            for days in horizons
        }
        return replace(self, chosen=name, relative_standard_errors=errors)

    def distrust(self, *, is_backtested: bool) -> str | None:
        """Why the whole night falls back to the cohort average as far as the fits tell, or None.

        An edge, or no sign of drop-out, does not mean a bad forecast: where hold-outs have shown
        a good one (`is_backtested`), they stand.
        """
        broken = [
            found.name for found in (self.orders, self.alive, self.values) if not found.is_usable
        ]
        if broken:
            return f"fit_not_finite: {', '.join(sorted(set(broken)))}"
        if (
            not max((self.relative_standard_errors or {0: np.inf}).values())
            <= MOST_RELATIVE_STANDARD_ERROR
        ):
            return "forecast_too_uncertain"
        suspicious = [flag for flag in (EDGE, NO_DROPOUT_SEEN) if flag in self.orders.flags]
        if suspicious and not is_backtested:
            return f"{', '.join(suspicious)}, and no backtest yet"
        p, q = self.values.parameters[:2]
        # The mean of an order value needs p + q > 1, its variance p + q > 2.
        return "order_value_spread_undefined" if p + q <= 2.0 else None


@dataclass(frozen=True)
class CellScores:
    """Forecasts per cell, all of shape (cells,).

    `low` and `high` are in units of (gamma + spend so far).
    """

    probability_alive: Floats
    expected_orders: dict[int, Floats]
    expected_squares: dict[int, Floats]
    low: Floats
    high: Floats
    next_order_days: Integers

    @property
    def is_finite(self) -> npt.NDArray[np.bool_]:
        """Where every number exists."""
        columns = [
            self.probability_alive,
            *self.expected_orders.values(),
            *self.expected_squares.values(),
            self.low,
            self.high,
        ]
        return np.asarray(np.isfinite(np.stack(columns)).all(axis=0), dtype=np.bool_)


def fit_all(cells: Cells, values: OrderValues) -> Fits:
    """Fit every model to the histories (cells) and the repeat orders (values)."""
    yardstick = fit(NegativeBinomial(), cells)
    purchases = {
        name: _with_dropout_flag(fit(model, cells), yardstick) for name, model in CANDIDATES.items()
    }
    money = in_money(fit(GammaGamma(), values), values)
    if not money.parameters[1] > 1.0:
        money = money.flagged(MEAN_UNDEFINED)
    return Fits(purchases, yardstick, money)


def score_cells(fits: Fits, cells: Cells, horizons: tuple[int, ...]) -> CellScores:
    """Forecast every cell for each horizon (days); date and range for the longest."""
    longest = max(horizons)
    model, parameters = CANDIDATES[fits.chosen], fits.orders.parameters
    ranges = revenue_ranges(model, parameters, fits.values.parameters, cells, longest)
    moments = {days: order_moments(model, parameters, cells, days) for days in horizons}
    return CellScores(
        probability_alive=CANDIDATES[fits.alive.name].probability_alive(
            fits.alive.parameters, cells
        ),
        expected_orders={days: mean for days, (mean, _) in moments.items()},
        expected_squares={days: square for days, (_, square) in moments.items()},
        low=ranges.low,
        high=ranges.high,
        next_order_days=days_to_next_order(model, parameters, cells, longest),
    )


def _with_dropout_flag(found: Fit, yardstick: Fit) -> Fit:
    gain = found.log_likelihood - yardstick.log_likelihood
    return found if gain >= LEAST_GAIN_OVER_NBD else found.flagged(NO_DROPOUT_SEEN)
