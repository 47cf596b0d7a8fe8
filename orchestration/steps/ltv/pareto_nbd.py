"""Pareto/NBD: purchases come at a gamma-distributed rate until a lifetime ends that is exponential
with a gamma-distributed rate.

Sources: D. C. Schmittlein, D. G. Morrison, R. Colombo, "Counting Your Customers: Who Are They and
What Will They Do Next?", Management Science 33 (1987) 1-24; P. S. Fader, B. G. S. Hardie, "A Note
on Deriving the Pareto/NBD Model and Related Expressions" (2005), brucehardie.com/notes/009, for
the likelihood as an integral over the end of the lifetime,

    L = Gamma(r + x) / Gamma(r) alpha^r beta^s { (alpha + T)^-(r + x) (beta + T)^-s + integral
        over u from t_x to T of s (alpha + u)^-(r + x) (beta + u)^-(s + 1) }.

The papers write that integral as a difference of two hypergeometric functions, which cancel; here
it is taken by 16 Gauss-Legendre nodes in log(min(alpha, beta) + u), where the integrand is nearly a
decaying exponential. Given alive at T, rate and lifetime are independent: the n-th further purchase
is in time when the purchase process brings it by then and the customer is still there to make it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, digamma, gammaln

from orchestration.steps.ltv.cells import Cells, Floats

NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)
# The integrand decays at a known rate at least: behind this many times its length nothing is left
# to add, and nodes would be wasted there.
DECAY_LENGTHS = 30.0


@dataclass(frozen=True)
class ParetoNBD:
    """Pareto/NBD. Parameters: r, alpha (rate of purchases), s, beta (rate of drop-out)."""

    name: str = "pareto_nbd"
    parameter_names: tuple[str, ...] = ("r", "alpha", "s", "beta")
    starts: tuple[tuple[float, ...], ...] = (
        (0.5, 10.0, 0.6, 12.0),
        (1.0, 10.0, 1.0, 10.0),
        (0.5, 20.0, 0.3, 30.0),
        (2.0, 30.0, 0.5, 5.0),
    )

    def log_likelihood(self, parameters: Floats, cells: Cells) -> tuple[Floats, Floats]:
        r, alpha, s, beta = parameters
        x, at = cells.distinct_repeats, cells.repeat_index
        shape = r + cells.repeats
        log_alpha_age, log_beta_age = np.log(alpha + cells.age), np.log(beta + cells.age)
        top, alive = self._alive(parameters, cells)
        sums = np.zeros((5, len(cells)))
        for part, rate_time, lifetime_time, log_rate, log_lifetime in _ends(parameters, cells, top):
            sums[0] += part
            sums[1] += part * log_rate
            sums[2] += part / rate_time
            sums[3] += part * log_lifetime
            sums[4] += part / lifetime_time
        total = alive + sums[0]

        gradient = np.empty((4, len(cells)))
        by_r = (digamma(r + x) - digamma(r) + np.log(alpha))[at]
        gradient[0] = r * (by_r - (alive * log_alpha_age + sums[1]) / total)
        gradient[1] = r - alpha * shape * (alive / (alpha + cells.age) + sums[2]) / total
        gradient[2] = (
            s * (np.log(beta) - (alive * log_beta_age + sums[3]) / total) + sums[0] / total
        )
        gradient[3] = s - beta * (s * alive / (beta + cells.age) + (s + 1.0) * sums[4]) / total
        constant = (gammaln(r + x) - gammaln(r))[at] + r * np.log(alpha) + s * np.log(beta)
        return constant + top + np.log(total), gradient

    def probability_alive(self, parameters: Floats, cells: Cells) -> Floats:
        top, alive = self._alive(parameters, cells)
        lost = np.zeros(len(cells))
        for part, *_ in _ends(parameters, cells, top):
            lost += part
        return alive / (alive + lost)

    def orders_at_least(
        self, parameters: Floats, count: int, repeats: Floats, age: Floats, weeks: float | Floats
    ) -> Floats:
        r, alpha, s, beta = parameters
        shape = r + repeats
        last = weeks / (alpha + age + weeks)
        scale = betaln(count, shape)
        total = np.zeros(len(repeats))
        for node, weight in zip(NODES, WEIGHTS, strict=True):
            # Time of the n-th purchase as its share u / (alpha + T + u), which is beta(n, r + x).
            share = last * (1.0 + node) / 2.0
            after = (alpha + age) * share / (1.0 - share)
            density = (count - 1.0) * np.log(share) + (shape - 1.0) * np.log1p(-share) - scale
            total += weight / 2.0 * last * np.exp(density - s * np.log1p(after / (beta + age)))
        return total

    def _alive(self, parameters: Floats, cells: Cells) -> tuple[Floats, Floats]:
        """The log that is taken out of both parts of the likelihood so that neither vanishes,
        and what is left of the part "alive"."""
        r, alpha, s, beta = parameters
        shape = r + cells.repeats
        alive = -shape * np.log(alpha + cells.age) - s * np.log(beta + cells.age)
        ended = -shape * np.log(alpha + cells.recency) - s * np.log(beta + cells.recency)
        top = np.maximum(alive, ended)
        return top, np.exp(alive - top)


def _ends(
    parameters: Floats, cells: Cells, top: Floats
) -> Iterator[tuple[Floats, Floats, Floats, Floats, Floats]]:
    """Per node: its part of the integral over exp(top), alpha + u,
    beta + u and the logs of the two; u runs from t_x to T."""
    r, alpha, s, beta = parameters
    shape = r + cells.repeats
    least, apart = min(alpha, beta), abs(alpha - beta)
    first = np.log(least + cells.recency)
    share = (least + cells.recency) / (least + cells.recency + apart)
    decay = shape - 1.0 + (s + 1.0) * share if alpha <= beta else s + shape * share
    span = np.log(least + cells.age) - first
    # The rate of decay only grows with u, so its value at the start bounds the length that counts.
    with np.errstate(divide="ignore"):
        span = np.where(decay > 0, np.minimum(span, DECAY_LENGTHS / decay), span)
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        log_near = first + span * (1.0 + node) / 2.0
        near = np.exp(log_near)
        far = near + apart
        log_far = np.log(far)
        rate_time, lifetime_time = (near, far) if alpha <= beta else (far, near)
        log_rate, log_lifetime = (log_near, log_far) if alpha <= beta else (log_far, log_near)
        part = (
            weight
            / 2.0
            * s
            * span
            * np.exp(log_near - shape * log_rate - (s + 1.0) * log_lifetime - top)
        )
        yield part, rate_time, lifetime_time, log_rate, log_lifetime
