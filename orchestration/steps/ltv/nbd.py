"""Plain NBD: purchases without drop-out, the yardstick that tells whether a drop-out model has seen
any drop-out at all.

Source: A. S. C. Ehrenberg, "The Pattern of Consumer Purchases", Applied Statistics 8 (1959) 26-41;
the likelihood of exact purchase times.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, digamma, gammaln

from orchestration.steps.ltv.cells import Cells, Floats


@dataclass(frozen=True)
class NegativeBinomial:
    """NBD. Parameters: r, alpha (rate)."""

    name: str = "nbd"
    parameter_names: tuple[str, ...] = ("r", "alpha")
    starts: tuple[tuple[float, ...], ...] = ((1.0, 10.0), (0.3, 5.0))

    def log_likelihood(self, parameters: Floats, cells: Cells) -> tuple[Floats, Floats]:
        r, alpha = parameters
        x, at = cells.distinct_repeats, cells.repeat_index
        whole = alpha + cells.age
        shape = r + cells.repeats
        value = (gammaln(r + x) - gammaln(r))[at] + r * np.log(alpha) - shape * np.log(whole)
        by_r = (digamma(r + x) - digamma(r))[at] + np.log(alpha) - np.log(whole)
        return value, np.stack([r * by_r, r - alpha * shape / whole])

    def probability_alive(self, parameters: Floats, cells: Cells) -> Floats:
        return np.ones(len(cells))

    def orders_at_least(
        self, parameters: Floats, count: int, repeats: Floats, age: Floats, weeks: float | Floats
    ) -> Floats:
        r, alpha = parameters
        return betainc(count, r + repeats, weeks / (alpha + age + weeks))
