"""The nightly backtest: what the models would have said on earlier days,
against what customers then did.

A hold-out goes back to an origin, fits every model to what was bought by then, and compares its
forecast of the horizon's orders with the orders that came. Origins are fixed distances back from
the night, so all is a function of tonight's purchases: nothing is carried from night to night, and
a rebuild of any night arrives at the same. The origin one year back looks at the calendar window
that the forecast is for: only it shows a season, which the likelihood does not see.

A naive guess is beside it: each customer orders as in the same window of the year before, where
the shop is old enough to know.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np

from orchestration.steps.ltv import gates, hold_out_sql
from orchestration.steps.ltv.accuracy import Accuracy, accuracy, tenths
from orchestration.steps.ltv.cells import Cells, Floats
from orchestration.steps.ltv.fit import Fit, parameters_near
from orchestration.steps.ltv.forecast import expected_orders
from orchestration.steps.ltv.score import CANDIDATES, UNTIL_BACKTESTED
from orchestration.steps.ltv.totals_sql import ALL_CUSTOMERS

YEAR_DAYS = 365
# Days back; each horizon is tried at those that leave it room.
ORIGINS = (90, 180, 270, YEAR_DAYS, 455, 2 * YEAR_DAYS)
# Orders that came, over orders expected: beyond this a model's forecasts are not shown.
MOST_LOG_RATIO = float(np.log(1.25))
# Models whose hold-out errors differ by less than this are equal in that.
EQUAL_LOG_RMSE = 0.01


@dataclass(frozen=True)
class HoldOut:
    """One model at one origin over one horizon, for all customers (`segment` is `ALL_CUSTOMERS`) or
    those of one first channel."""

    origin_date: date
    horizon_days: int
    days_back: int
    model: str
    segment: str
    forecast: Accuracy
    naive: Accuracy | None


@dataclass(frozen=True)
class Tenth:
    """Customers of one hold-out who together were expected to make a tenth of the orders;
    1 the least, 10 the most likely to order."""

    origin_date: date
    horizon_days: int
    model: str
    decile: int
    customers: int
    actual: int
    expected: float


@dataclass(frozen=True)
class Backtests:
    """All hold-outs of the night; empty where history is too short for any."""

    hold_outs: tuple[HoldOut, ...] = ()
    tenths: tuple[Tenth, ...] = ()

    def of(self, model: str, days: int | None = None) -> list[HoldOut]:
        """Hold-outs of one model over all customers, newest origin first;
        of one horizon, or of all."""
        return [
            hold_out
            for hold_out in self.hold_outs
            if hold_out.model == model
            and hold_out.segment == ALL_CUSTOMERS
            and days in (None, hold_out.horizon_days)
        ]

    def choose(self, usable: list[str]) -> str:
        """The model that past hold-outs pick:
        of those with the lowest RMSE (nearly equal ones count as equal), the best calibrated one.

        The total alone would not tell: a model that expects too much of the best customers and
        too little of the others gets it right. MAE has no vote: on counts that are mostly zero it
        rewards forecasting too little.
        """
        errors = {
            model: float(np.mean([np.log(found.forecast.rmse) for found in self.of(model)]))
            for model in usable
            if self.of(model)
        }
        if not errors:
            return UNTIL_BACKTESTED
        equal = [
            model
            for model, error in errors.items()
            if error <= min(errors.values()) + EQUAL_LOG_RMSE
        ]
        return min(equal, key=lambda model: (self.misfit(model), list(CANDIDATES).index(model)))

    def misfit(self, model: str) -> float:
        """Pearson's (actual - expected)^2 / expected over the tenths of a model's hold-outs,
        on average of a hold-out."""
        parts = [
            (part.actual - part.expected) ** 2 / part.expected
            for part in self.tenths
            if part.model == model
        ]
        return sum(parts) / len(self.of(model))

    def log_error(self, model: str, days: int) -> float | None:
        """Root mean square of log(actual / expected) of a horizon's hold-outs;
        None when there is none yet."""
        found = self.of(model, days)
        return _rms([hold_out.forecast.log_ratio for hold_out in found]) if found else None

    def distrust(self, model: str) -> str | None:
        """Why this model's forecasts are not shown, or None:
        the same calendar window a year back (else the latest) was far off."""
        for days in sorted({hold_out.horizon_days for hold_out in self.of(model)}):
            found = self.of(model, days)
            judge = next(
                (hold_out for hold_out in found if hold_out.days_back == YEAR_DAYS), found[0]
            )
            if not abs(judge.forecast.log_ratio) <= MOST_LOG_RATIO:
                return (
                    f"backtest_off: {days} days from {judge.origin_date},"
                    f" actual / expected {np.exp(judge.forecast.log_ratio):.2f}"
                )
        return None


def run_backtests(
    con: duckdb.DuckDBPyConnection,
    purchases: dict[str, Fit],
    as_of_date: date,
    horizons: tuple[int, ...],
) -> Backtests:
    """Hold every usable one of tonight's `purchases` fits out at every origin.

    Reads temp table `step_purchase_days` (hold_out_sql.PURCHASE_DAYS).
    Tonight's parameters start the search at each origin: they are near, so one
    search on a sample does.
    """
    hold_outs: list[HoldOut] = []
    parts: list[Tenth] = []
    usable = {name: found.parameters for name, found in purchases.items() if found.is_usable}
    for days_back in sorted({*ORIGINS, *horizons}):
        tried = tuple(days for days in horizons if days <= days_back)
        origin = as_of_date - timedelta(days_back)
        if not tried:
            continue
        rows = con.execute(hold_out_sql.hold_out(tried), {"origin": origin}).fetchnumpy()
        cells = Cells.from_days(
            rows["repeats"], rows["recency_days"], rows["age_days"], rows["customers"]
        )
        if gates.reason(gates.check(_counts(rows, origin), origin)):
            continue
        channels = np.asarray(rows["channel"], dtype=str)
        has_year_before = bool(rows["age_days"].max() >= YEAR_DAYS)
        for name, near in usable.items():
            parameters = parameters_near(CANDIDATES[name], cells, near)
            for days in tried:
                expected = expected_orders(CANDIDATES[name], parameters, cells, days)
                actual, naive = (
                    rows[f"actual_{days}"].astype(np.float64),
                    rows[f"naive_{days}"].astype(np.float64),
                )
                if not (np.isfinite(expected).all() and expected.sum() > 0):
                    continue
                for segment in (ALL_CUSTOMERS, *np.unique(channels)):
                    here = slice(None) if segment == ALL_CUSTOMERS else channels == segment
                    forecast = accuracy(cells.weight[here], actual[here], expected[here])
                    guess = (
                        accuracy(cells.weight[here], actual[here], naive[here])
                        if has_year_before
                        else None
                    )
                    hold_outs.append(
                        HoldOut(origin, days, days_back, name, str(segment), forecast, guess)
                    )
                parts += [
                    Tenth(origin, days, name, *part)
                    for part in tenths(cells.weight, actual, expected)
                ]
    return Backtests(tuple(hold_outs), tuple(parts))


def _counts(rows: dict[str, Floats], origin: date) -> gates.HistoryCounts:
    """What was known at the origin, as tonight's gates ask it;
    the value of orders is not looked at."""
    weight, repeats, age = rows["customers"], rows["repeats"], rows["age_days"]
    if not len(weight):
        return gates.HistoryCounts(0, 0, 0, None, None)
    silence = int((age - rows["recency_days"]).min())
    return gates.HistoryCounts(
        buyers=int(weight.sum()),
        repeaters=int(weight[repeats > 0].sum()),
        frequent_buyers=int(weight[repeats >= 2].sum()),
        first_order_date=origin - timedelta(int(age.max())),
        last_order_date=origin - timedelta(silence),
    )


def _rms(values: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))
