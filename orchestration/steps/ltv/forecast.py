"""Orders to come: expected numbers and dates, from any purchase model.

A forecast given alive needs only (x, T): it is made once per distinct pair and multiplied by
P(alive), which alone needs t_x.
"""

import numpy as np
import numpy.typing as npt

from orchestration.steps.ltv.cells import DAYS_PER_WEEK, Cells, Floats, Integers
from orchestration.steps.ltv.models import PurchaseModel

# Terms smaller than this no longer change any published digit, even summed over a year of days.
NEGLIGIBLE = 1e-9


def order_moments_if_alive(
    model: PurchaseModel, parameters: Floats, repeats: Floats, age: Floats, days: int
) -> tuple[Floats, Floats]:
    """E[Y | alive] = sum over n >= 1 of P(Y >= n | alive) and E[Y^2 | alive] = sum of (2 n - 1)
    P(Y >= n | alive), shape of `repeats`.

    All terms are positive. There are at most `days` of them, because orders of
    one day count as one.
    """
    mean, square = np.zeros(len(repeats)), np.zeros(len(repeats))
    active = np.arange(len(repeats))
    for count in range(1, days + 1):
        term = model.orders_at_least(
            parameters, count, repeats[active], age[active], days / DAYS_PER_WEEK
        )
        mean[active] += term
        square[active] += (2 * count - 1) * term
        going_on = ~(term < NEGLIGIBLE)
        active = active[going_on]
        if not len(active):
            break
    return mean, square


def order_moments(
    model: PurchaseModel, parameters: Floats, cells: Cells, days: int
) -> tuple[Floats, Floats]:
    """E[Y | x, t_x, T] and E[Y^2 | x, t_x, T] of the next `days` days, shape (cells,)."""
    repeats, age, index = cells.pairs
    mean, square = order_moments_if_alive(model, parameters, repeats, age, days)
    alive = model.probability_alive(parameters, cells)
    return alive * mean[index], alive * square[index]


def expected_orders(model: PurchaseModel, parameters: Floats, cells: Cells, days: int) -> Floats:
    """E[Y | x, t_x, T] of the next `days` days, shape (cells,)."""
    return order_moments(model, parameters, cells, days)[0]


def relative_standard_error(
    model: PurchaseModel,
    parameters: Floats,
    covariance: Floats,
    cells: Cells,
    days: int,
    most_cells: int = 1_500,
) -> float:
    """Standard error of the expected number of orders of all customers, over that number,
    from the uncertainty of the parameters alone.

    The gradient is taken by central differences on a thinned sample of the cells. Infinite when
    the covariance is unknown.
    """
    if not np.isfinite(covariance).all():
        return float("inf")
    sample = cells.thinned(most_cells)

    def log_total(logs: Floats) -> float:
        return float(
            np.log((sample.weight * expected_orders(model, np.exp(logs), sample, days)).sum())
        )

    logs, step = np.log(parameters), 1e-3
    gradient = np.empty(len(logs))
    for i in range(len(logs)):
        shift = np.zeros(len(logs))
        shift[i] = step
        gradient[i] = (log_total(logs + shift) - log_total(logs - shift)) / (2.0 * step)
    return float(np.sqrt(max(float(gradient @ covariance @ gradient), 0.0)))


def days_to_next_order(
    model: PurchaseModel, parameters: Floats, cells: Cells, days: int
) -> Integers:
    """First day by which a further order is at least as likely as not, shape (cells,);
    -1 when that is not within `days` days."""
    alive = model.probability_alive(parameters, cells)
    answer = np.full(len(cells), -1, dtype=np.int64)

    def is_likely(rows: Integers, within: Integers) -> npt.NDArray[np.bool_]:
        weeks = within / DAYS_PER_WEEK
        return (
            alive[rows]
            * model.orders_at_least(parameters, 1, cells.repeats[rows], cells.age[rows], weeks)
            >= 0.5
        )

    rows = np.arange(len(cells))
    rows = rows[is_likely(rows, np.full(len(rows), days))]
    too_early, enough = (
        np.zeros(len(rows), dtype=np.int64),
        np.full(len(rows), days, dtype=np.int64),
    )
    while (enough - too_early > 1).any():
        middle = (too_early + enough) // 2
        likely = is_likely(rows, middle)
        too_early, enough = np.where(likely, too_early, middle), np.where(likely, middle, enough)
    answer[rows] = enough
    return answer
