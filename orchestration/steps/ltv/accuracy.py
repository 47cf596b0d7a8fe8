"""How far a forecast of counts was off.

Rows with weights in, plain numbers out; no models in here.
"""

from dataclasses import dataclass

import numpy as np

from orchestration.steps.ltv.cells import Floats

# Digits kept: the last bits of a sum are nobody's finding.
DIGITS = 6
DECILES = 10


@dataclass(frozen=True)
class Accuracy:
    """Of all customers of a hold-out.

    `rank_correlation` is Spearman's; None where all are equal and there is no order to find.
    """

    customers: int
    actual: int
    expected: float
    rmse: float
    mae: float
    rank_correlation: float | None

    @property
    def log_ratio(self) -> float:
        """log(actual / expected); nothing at all counts as half an order on either side,
        so that it is a number."""
        return float(np.log(max(self.actual, 0.5) / max(self.expected, 0.5)))


def accuracy(weight: Floats, actual: Floats, told: Floats) -> Accuracy:
    """Compare what came with what was told, shape (rows,), each for `weight` customers."""
    customers = weight.sum()
    error = actual - told
    return Accuracy(
        customers=int(customers),
        actual=int((weight * actual).sum()),
        expected=round(float((weight * told).sum()), DIGITS),
        rmse=round(float(np.sqrt((weight * error**2).sum() / customers)), DIGITS),
        mae=round(float((weight * np.abs(error)).sum() / customers), DIGITS),
        rank_correlation=rank_correlation(weight, actual, told),
    )


def rank_correlation(weight: Floats, left: Floats, right: Floats) -> float | None:
    """Spearman's correlation, equals sharing their mean rank; None when one side has no spread."""
    ranks = [_ranks(weight, values) for values in (left, right)]
    centred = [rank - (weight * rank).sum() / weight.sum() for rank in ranks]
    spread = [(weight * rank**2).sum() for rank in centred]
    if not min(spread) > 0:
        return None
    return round(
        float((weight * centred[0] * centred[1]).sum() / np.sqrt(spread[0] * spread[1])), DIGITS
    )


def tenths(weight: Floats, actual: Floats, expected: Floats) -> list[tuple[int, int, int, float]]:
    """(1 … 10, customers, actual, expected): customers in order of what was expected of them,
    cut where each part holds a tenth of it.

    Cut by customers, the lower parts would hold a handful of orders and show nothing but chance.
    """
    order = np.argsort(expected, kind="stable")
    orders = (weight * expected)[order]
    before = np.cumsum(orders) - orders / 2.0
    decile = np.minimum((before / orders.sum() * DECILES).astype(np.int64), DECILES - 1)
    sums = [
        np.bincount(decile, values[order], DECILES)
        for values in (weight, weight * actual, weight * expected)
    ]
    return [
        (part + 1, int(customers), int(came), round(float(told), DIGITS))
        for part, (customers, came, told) in enumerate(zip(*sums, strict=True))
        if customers
    ]


def _ranks(weight: Floats, values: Floats) -> Floats:
    """Mean rank of each row's value among all customers."""
    index = np.unique(values, return_inverse=True)[1]
    counts = np.bincount(index, weight)
    return (np.cumsum(counts) - (counts - 1.0) / 2.0)[index]
