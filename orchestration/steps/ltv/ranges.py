"""Predictive ranges of a customer's revenue: how much it may be,
from the exact distribution of the two models together.

Given n orders to come, their sum over (gamma + spend so far) is beta prime (p n, q + p (x + 1)):
gamma(p n, nu) values with nu's posterior mixed out. The number of orders is the purchase model's.
So in units of (gamma + spend) the distribution of a customer who does order again depends on x and
T alone, and P(at least one order) places his percentile on it.

Solving that for every customer would cost minutes; it is solved on a small table (each x, a few T,
some probabilities), read off between.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaincinv

from orchestration.steps.ltv.cells import DAYS_PER_WEEK, Cells, Floats
from orchestration.steps.ltv.models import PurchaseModel

# Nodes enough for errors of the upper bound below one part in fifty (a test compares).
AGE_NODES = 12
SUM_NODES = 48
# Probabilities of exceeding, given at least one order: from the upper end asked for down to
# "any amount at all".
SHARE_NODES = np.linspace(0.1, 1.0, 91)
TAIL = 1e-3


@dataclass(frozen=True)
class Ranges:
    """Quantiles of revenue in units of (gamma + spend so far), shape (cells,):
    10 % and 90 % of the predictive distribution."""

    low: Floats
    high: Floats


def revenue_ranges(
    model: PurchaseModel,
    parameters: Floats,
    value_parameters: Floats,
    cells: Cells,
    days: int,
    *,
    low: float = 0.1,
    high: float = 0.9,
) -> Ranges:
    """The range of the next `days` days' revenue;
    `high` must leave at least a tenth above it (the table goes no further)."""
    any_order = model.probability_alive(parameters, cells) * model.orders_at_least(
        parameters, 1, cells.repeats, cells.age, days / DAYS_PER_WEEK
    )
    with np.errstate(divide="ignore"):
        shares = np.stack([(1.0 - low) / any_order, (1.0 - high) / any_order])
    answer = np.zeros_like(shares)
    order = np.argsort(cells.repeat_index, kind="stable")
    ends = np.cumsum(np.bincount(cells.repeat_index, minlength=len(cells.distinct_repeats)))
    for rows in np.split(order, ends[:-1]):
        ages = _age_nodes(cells.age[rows])
        table = _quantiles(
            model, parameters, value_parameters, float(cells.repeats[rows[0]]), ages, days
        )
        for k in (0, 1):
            answer[k, rows] = _read(table, ages, cells.age[rows], shares[k, rows])
    return Ranges(answer[0], answer[1])


def _age_nodes(ages: Floats) -> Floats:
    """Every age there is, or a few between the lowest and the highest,
    closer where customers are young."""
    distinct = np.unique(ages)
    if len(distinct) <= AGE_NODES:
        return distinct
    first, last = float(distinct[0]), float(distinct[-1])
    return first + (np.geomspace(1.0, 11.0, AGE_NODES) - 1.0) / 10.0 * (last - first)


def _quantiles(
    model: PurchaseModel,
    parameters: Floats,
    value_parameters: Floats,
    repeats: float,
    ages: Floats,
    days: int,
) -> Floats:
    """The sum that is exceeded with each of `SHARE_NODES`, given at least one order:
    shape (ages, shares)."""
    p, q = float(value_parameters[0]), float(value_parameters[1])
    posterior = q + p * (repeats + 1.0)
    weeks = days / DAYS_PER_WEEK
    x = np.full(len(ages), repeats)
    at_least = [model.orders_at_least(parameters, 1, x, ages, weeks)]
    first = np.maximum(at_least[0], 1e-300)
    while len(at_least) < days and float((at_least[-1] / first).max()) > TAIL:
        at_least.append(model.orders_at_least(parameters, len(at_least) + 1, x, ages, weeks))
    exceeds = np.stack([*at_least, np.zeros(len(ages))], axis=1) / first[:, None]
    mass = exceeds[:, :-1] - exceeds[:, 1:]
    counts = np.arange(1, mass.shape[1] + 1)
    table = np.empty((len(ages), len(SHARE_NODES)))
    for k in range(len(ages)):
        # Beyond this sum lies less than a tenth: few customers order more often, and few of those
        # orders sum to more.
        often = int(np.searchsorted(-exceeds[k], -0.02))
        # Beta-prime sums are read through s / (1 + s), which is beta: P(sum > s) = I(1 / (1 +
        # s); posterior, p n).
        least = float(betaincinv(posterior, p * max(often, 1), 0.02))
        most = (1.0 - least) / max(least, 1e-12)
        sums = most * np.linspace(0.0, 1.0, SUM_NODES) ** 2
        within = betainc(posterior, p * counts[None, :], 1.0 / (1.0 + sums[:, None])) @ mass[k]
        table[k] = np.interp(-SHARE_NODES, -within, sums)
    return table


def _read(table: Floats, ages: Floats, age: Floats, share: Floats) -> Floats:
    """Bilinear between the table's nodes; zero where the amount is exceeded with less than that
    share whatever it is (share >= 1)."""
    column = np.clip(
        (share - SHARE_NODES[0]) / (SHARE_NODES[1] - SHARE_NODES[0]), 0.0, len(SHARE_NODES) - 1.0
    )
    column = np.where(np.isfinite(column), column, len(SHARE_NODES) - 1.0)
    left = np.minimum(column.astype(np.int64), len(SHARE_NODES) - 2)
    across = column - left
    if len(ages) == 1:
        above = below = np.zeros(len(age), dtype=np.int64)
        down = np.zeros(len(age))
    else:
        above = np.clip(np.searchsorted(ages, age, side="right") - 1, 0, len(ages) - 2)
        below = above + 1
        down = np.clip((age - ages[above]) / (ages[below] - ages[above]), 0.0, 1.0)
    upper = table[above, left] * (1.0 - across) + table[above, left + 1] * across
    lower = table[below, left] * (1.0 - across) + table[below, left + 1] * across
    return np.where(share < 1.0, upper * (1.0 - down) + lower * down, 0.0)
