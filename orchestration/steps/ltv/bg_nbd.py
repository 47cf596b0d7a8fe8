"""BG/NBD and MBG/NBD: purchases come at a gamma-distributed rate until a beta-geometric drop-out.

Sources: P. S. Fader, B. G. S. Hardie, K. L. Lee, "Counting Your Customers the Easy Way:
An Alternative to the Pareto/NBD Model", Marketing Science 24 (2005) 275-284, for BG/NBD (drop-out
only after a repeat purchase); E. P. Batislam, M. Denizel, A. Filiztekin, "Empirical validation and
comparison of models for customer base analysis", International Journal of Research in Marketing
24 (2007) 201-209, for MBG/NBD (drop-out after any purchase, the first too, so that a one-time
buyer can be lost).

The forecast is written without the hypergeometric function of the paper, which has a pole at a = 1:
given alive at T, the n-th further purchase happens when the purchase process (a negative binomial)
brings n and the customer survives the n - 1 before it (a beta ratio),

    P(Y >= n | alive) =
        B(a, B + n - 1) / B(a, B) * P(NB(r + x, (alpha + T) / (alpha + T + t)) >= n),
    B = b + x, MBG: b + x + 1.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, betaln, digamma, expit, gammaln

from orchestration.steps.ltv.cells import Cells, Floats


@dataclass(frozen=True)
class BetaGeometric:
    """BG/NBD, or MBG/NBD when `drops_out_after_first`.

    Parameters: r, alpha (rate), a, b (drop-out).
    """

    drops_out_after_first: bool = False

    @property
    def name(self) -> str:
        return "mbg_nbd" if self.drops_out_after_first else "bg_nbd"

    @property
    def parameter_names(self) -> tuple[str, ...]:
        return ("r", "alpha", "a", "b")

    @property
    def starts(self) -> tuple[tuple[float, ...], ...]:
        return (
            (1.0, 10.0, 1.0, 1.0),
            (0.3, 4.0, 0.8, 2.5),
            (0.5, 20.0, 0.3, 3.0),
            (2.0, 30.0, 0.1, 5.0),
        )

    def log_likelihood(self, parameters: Floats, cells: Cells) -> tuple[Floats, Floats]:
        r, alpha, a, b = parameters
        x, at = cells.distinct_repeats, cells.repeat_index
        survived, before_last = self._survived(b, x), self._before_last(b, x)
        constant = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        constant += gammaln(a + b) - gammaln(b) + gammaln(survived) - gammaln(a + survived)
        whole, ended = alpha + cells.age, alpha + cells.recency
        shape = r + cells.repeats
        alive_term = -shape * np.log(whole)
        with np.errstate(divide="ignore"):
            log_odds = np.log(a / before_last)
        lost_term = log_odds[at] - shape * np.log(ended)
        total = np.logaddexp(alive_term, lost_term)
        alive = np.exp(alive_term - total)
        lost = 1.0 - alive

        gradient = np.empty((4, len(cells)))
        by_r = digamma(r + x) - digamma(r) + np.log(alpha)
        gradient[0] = r * (by_r[at] - alive * np.log(whole) - lost * np.log(ended))
        gradient[1] = r - alpha * shape * (alive / whole + lost / ended)
        gradient[2] = a * (digamma(a + b) - digamma(a + survived))[at] + lost
        by_b = digamma(a + b) - digamma(b) + digamma(survived) - digamma(a + survived)
        gradient[3] = b * (by_b[at] - lost / before_last[at])
        return constant[at] + total, gradient

    def probability_alive(self, parameters: Floats, cells: Cells) -> Floats:
        r, alpha, a, b = parameters
        with np.errstate(divide="ignore"):
            log_odds = np.log(a / self._before_last(b, cells.distinct_repeats))[cells.repeat_index]
        log_odds = log_odds + (r + cells.repeats) * (
            np.log(alpha + cells.age) - np.log(alpha + cells.recency)
        )
        return expit(-log_odds)

    def orders_at_least(
        self, parameters: Floats, count: int, repeats: Floats, age: Floats, weeks: float | Floats
    ) -> Floats:
        r, alpha, a, b = parameters
        survived = self._survived(b, repeats)
        stays = (
            np.exp(betaln(a, survived + count - 1.0) - betaln(a, survived)) if count > 1 else 1.0
        )
        return stays * betainc(count, r + repeats, weeks / (alpha + age + weeks))

    def _survived(self, b: float, repeats: Floats) -> Floats:
        """Second shape of the drop-out probability of a customer known to be
        alive after x repeats."""
        return b + repeats + (1.0 if self.drops_out_after_first else 0.0)

    def _before_last(self, b: float, repeats: Floats) -> Floats:
        """B - 1, the odds of not having dropped out at the last purchase in units of a;
        infinite where no purchase could end it."""
        if self.drops_out_after_first:
            return b + repeats
        return np.where(repeats > 0, b + repeats - 1.0, np.inf)
