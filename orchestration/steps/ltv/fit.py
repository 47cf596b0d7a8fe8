"""Maximum likelihood with analytic gradients, standard errors,
and the signs that a fit should not be trusted.

One function for every model: the purchase models over `Cells`, Gamma-Gamma over `OrderValues`.
"""

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from scipy.optimize import minimize

from orchestration.steps.ltv.cells import Floats

# The search for a good start runs on at most this many rows; only the best goes
# on with all of them.
START_ROWS = 30_000
# Parameters live between 1/20000 and 20000 weeks (or orders); a fit is flagged long
# before it gets there.
LOG_BOUND = float(np.log(20_000.0))
EDGE_LOG = float(np.log(1_000.0))
# Digits kept of a fitted parameter: all scores follow from the rounded ones, so that the last bits
# of a sum never show in a table.
SIGNIFICANT_DIGITS = 7
MOST_STEPS = 8
NOT_FINITE = "not_finite"
EDGE = "edge"


class Data(Protocol):
    """Rows with weights that can be thinned."""

    @property
    def weight(self) -> Floats: ...

    def __len__(self) -> int: ...

    def thinned(self, most: int) -> Any: ...


class Likelihood(Protocol):
    """What can be fitted: values per row and their gradient by the logs of
    the parameters, (k, rows)."""

    @property
    def name(self) -> str: ...

    @property
    def parameter_names(self) -> tuple[str, ...]: ...

    @property
    def starts(self) -> tuple[tuple[float, ...], ...]: ...

    def log_likelihood(self, parameters: Floats, rows: Any, /) -> tuple[Floats, Floats]: ...


@dataclass(frozen=True)
class Fit:
    """A fitted model.

    `covariance` is that of the logs of the parameters (sandwich, so right for a wrong
    model too), (k, k).
    """

    name: str
    parameter_names: tuple[str, ...]
    parameters: Floats
    log_likelihood: float
    customers_count: int
    covariance: Floats
    flags: tuple[str, ...]

    @property
    def is_usable(self) -> bool:
        """Whether the numbers exist at all; an edge is a warning,
        not a reason to refuse (it is no sign of a bad forecast)."""
        return NOT_FINITE not in self.flags

    @property
    def log_standard_errors(self) -> Floats:
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    def flagged(self, flag: str) -> "Fit":
        """The same with one more flag."""
        return replace(self, flags=(*self.flags, flag))


def fit(model: Likelihood, data: Data) -> Fit:
    """Fit by L-BFGS-B on the logs of the parameters, from every start of the model on a sample,
    from the best of them on all rows."""
    sample = data.thinned(START_ROWS)
    best = min(
        (_search(model, sample, np.log(np.array(start))) for start in model.starts),
        key=lambda found: found[1],
    )
    # The curvature is taken on the sample and scaled: Newton's steps with it then need the gradient
    # of all rows a few times only.
    at, hessian = (
        best[0],
        _hessian(model, sample, best[0]) * float(data.weight.sum() / sample.weight.sum()),
    )
    if len(sample) < len(data):
        near = _settle(model, data, at, hessian)
        at = _search(model, data, at)[0] if near is None else near
    parameters = round_significant(np.exp(at + _last_step(model, data, at, hessian)))
    values, scores = model.log_likelihood(parameters, data)
    log_likelihood = float((data.weight * values).sum())
    covariance, is_maximum = _sandwich(hessian, data.weight, scores)
    flags: list[str] = []
    if not (np.isfinite(log_likelihood) and np.isfinite(parameters).all()):
        flags.append(NOT_FINITE)
    wide = bool((np.diag(covariance) > 1.0).any())
    if not is_maximum or wide or bool((np.abs(np.log(parameters)) > EDGE_LOG).any()):
        flags.append(EDGE)
    count = int(data.weight.sum())
    return Fit(
        model.name,
        model.parameter_names,
        parameters,
        log_likelihood,
        count,
        covariance,
        tuple(flags),
    )


def parameters_near(model: Likelihood, data: Data, near: Floats) -> Floats:
    """Parameters alone, of a sample at most, searched from ones that are known to be near:
    what a hold-out needs, many times a night."""
    return round_significant(np.exp(_search(model, data.thinned(START_ROWS), np.log(near))[0]))


def round_significant(values: Floats) -> Floats:
    """Each value to `SIGNIFICANT_DIGITS` digits."""
    return np.array([float(f"{value:.{SIGNIFICANT_DIGITS - 1}e}") for value in values])


def _search(model: Likelihood, data: Data, start: Floats) -> tuple[Floats, float]:
    """Best logs of parameters from one start, and the negative log-likelihood per customer there
    (infinite when it is not finite)."""
    weight = data.weight
    customers = weight.sum()

    def objective(logs: Floats) -> tuple[float, Floats]:
        values, gradient = model.log_likelihood(np.exp(logs), data)
        # Plain sums, not dot products: a BLAS may add in another order from one
        # machine to the next.
        return -float((weight * values).sum() / customers), -(weight * gradient).sum(
            axis=1
        ) / customers

    bounds = [(-LOG_BOUND, LOG_BOUND)] * len(start)
    found = minimize(
        objective,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-6},
    )
    value = float(found.fun)
    return np.asarray(found.x, dtype=np.float64), value if np.isfinite(value) else np.inf


def _hessian(model: Likelihood, data: Data, logs: Floats) -> Floats:
    """Second derivatives of the negative log-likelihood by the logs of the parameters, (k, k):
    central differences of the gradient."""
    size, step = len(logs), 1e-4
    hessian = np.empty((size, size))
    for i in range(size):
        shift = np.zeros(size)
        shift[i] = step
        hessian[i] = (_slope(model, data, logs - shift) - _slope(model, data, logs + shift)) / (
            2.0 * step
        )
    return (hessian + hessian.T) / 2.0


def _slope(model: Likelihood, data: Data, logs: Floats) -> Floats:
    """Gradient of the log-likelihood of all rows by the logs of the parameters, (k,)."""
    return (data.weight * model.log_likelihood(np.exp(logs), data)[1]).sum(axis=1)


def _settle(model: Likelihood, data: Data, logs: Floats, hessian: Floats) -> Floats | None:
    """The optimum over all rows from a near one, by Newton's steps with a curvature that is nearly
    right; None when they do not settle."""
    if not _is_positive_definite(hessian):
        return None
    for _ in range(MOST_STEPS):
        step = np.asarray(np.linalg.solve(hessian, _slope(model, data, logs)), dtype=np.float64)
        if not np.abs(step).max() < 0.5 or (np.abs(logs + step) > LOG_BOUND).any():
            return None
        logs = logs + step
        if np.abs(step).max() < 1e-5:
            return logs
    return None


def _is_positive_definite(hessian: Floats) -> bool:
    return bool(np.isfinite(hessian).all()) and float(np.linalg.eigvalsh(hessian)[0]) > 0.0


def _last_step(model: Likelihood, data: Data, logs: Floats, hessian: Floats) -> Floats:
    """Newton's step from where the search stopped:
    the digits that it leaves open would otherwise depend on the order of the rows."""
    if not _is_positive_definite(hessian):
        return np.zeros(len(logs))
    step = np.asarray(np.linalg.solve(hessian, _slope(model, data, logs)), dtype=np.float64)
    is_small = bool(np.abs(step).max() < 0.01) and bool((np.abs(logs + step) <= LOG_BOUND).all())
    return step if is_small else np.zeros(len(logs))


def _sandwich(hessian: Floats, weight: Floats, scores: Floats) -> tuple[Floats, bool]:
    """H^-1 J H^-1 on the log scale, and whether H is positive definite;
    infinite where it is not."""
    size = len(hessian)
    if not _is_positive_definite(hessian):
        return np.full((size, size), np.inf), False
    inverse = np.linalg.inv(hessian)
    outer = np.array(
        [[(weight * scores[i] * scores[j]).sum() for j in range(size)] for i in range(size)]
    )
    return inverse @ outer @ inverse, True
