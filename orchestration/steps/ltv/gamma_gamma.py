"""Gamma-Gamma: what a customer spends on an order day. No purchases, no customers in here.

Source: P. S. Fader, B. G. S. Hardie, "The Gamma-Gamma Model of Monetary Value" (2013),
brucehardie.com/notes/025: order values are gamma(p, nu), nu is gamma(q, gamma) over customers, both
independent of how often a customer orders.

Fitted, as published, on the repeat orders of those who have some with a positive mean. *Scored*
with the first order too (n = x + 1 orders and their sum): a one-time buyer then stands by what he
spent and not at the mean of all customers, above small repeat buyers.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import digamma, gammaln

from orchestration.steps.ltv.cells import Floats, Integers
from orchestration.steps.ltv.fit import Fit, round_significant

PARAMETER_NAMES = ("p", "q", "gamma")


@dataclass(frozen=True)
class OrderValues:
    """Repeat orders of customers: how many (shape (n,)), their mean in units of `scale` (positive),
    customers per row.

    Money is divided by its mean first: gamma then has the size of the other parameters,
    whatever the currency.
    """

    distinct_orders: Floats
    order_index: Integers
    mean: Floats
    weight: Floats
    scale: float

    @classmethod
    def of(cls, orders: Floats, mean: Floats, weight: Floats) -> "OrderValues":
        """From counts >= 1 and positive means in money."""
        scale = float((mean * weight).sum() / weight.sum())
        distinct, index = np.unique(orders, return_inverse=True)
        return cls(distinct, index.astype(np.int64), mean / scale, weight, scale)

    def __len__(self) -> int:
        return len(self.mean)

    def thinned(self, most: int) -> "OrderValues":
        """At most `most` rows, every k-th, in the same scale."""
        if len(self) <= most:
            return self
        rows = slice(None, None, -(-len(self) // most))
        return OrderValues(
            self.distinct_orders,
            self.order_index[rows],
            self.mean[rows],
            self.weight[rows],
            self.scale,
        )


@dataclass(frozen=True)
class GammaGamma:
    """Likelihood in the scale of the `OrderValues`:
    the parameter gamma there is in units of `scale`."""

    name: str = "gamma_gamma"
    parameter_names: tuple[str, ...] = PARAMETER_NAMES
    starts: tuple[tuple[float, ...], ...] = (
        (6.0, 4.0, 0.5),
        (2.0, 3.0, 1.0),
        (1.0, 10.0, 9.0),
        (20.0, 5.0, 0.2),
    )

    def log_likelihood(self, parameters: Floats, values: OrderValues) -> tuple[Floats, Floats]:
        """Log-likelihood of each row's mean, shape (n,), and its gradient by the logs of p, q,
        gamma, shape (3, n)."""
        p, q, gamma = parameters
        orders, at = values.distinct_orders, values.order_index
        whole = gamma + orders[at] * values.mean
        log_share = np.log(orders[at] * values.mean / whole)
        px = p * orders
        by_count = gammaln(px + q) - gammaln(px) - gammaln(q)
        value = by_count[at] + q * np.log(gamma / whole) + px[at] * log_share - np.log(values.mean)

        gradient = np.empty((3, len(values)))
        gradient[0] = p * ((orders * (digamma(px + q) - digamma(px)))[at] + orders[at] * log_share)
        gradient[1] = q * ((digamma(px + q) - digamma(q))[at] + np.log(gamma / whole))
        gradient[2] = q - gamma * (px + q)[at] / whole
        return value, gradient


def in_money(found: Fit, values: OrderValues) -> Fit:
    """The same fit with gamma and the log-likelihood in money, as published."""
    parameters = round_significant(found.parameters * np.array([1.0, 1.0, values.scale]))
    log_likelihood = found.log_likelihood - found.customers_count * float(np.log(values.scale))
    return replace(found, parameters=parameters, log_likelihood=log_likelihood)


def expected_order_value(parameters: Floats, orders: Floats, spend: Floats) -> Floats:
    """E[mean order value | n orders that sum to `spend`] = p (gamma + spend) / (q + p n - 1),
    in money; gamma in money.

    A spend of zero is the model's own limit and gives the lowest value; a negative one must be set
    to zero by the caller.
    """
    p, q, gamma = parameters
    return p * (gamma + spend) / (q + p * orders - 1.0)
