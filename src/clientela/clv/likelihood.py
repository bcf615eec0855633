"""Maximum likelihood of positive parameters: a search on a sample from several starts, then on all customers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

# Logarithms of the parameters -> total log-likelihood and its gradient.
Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]

WIDEST = 12.0  # largest |log parameter| in the model's scale; beyond it the likelihood equals its limit
STEP = 1e-4  # of the differences of gradients that approximate the Hessian
GAIN = 0.1  # largest log-likelihood that one more step may add after convergence; below half a standard error
LAST_STEPS = 5
FLAT = 1e-6  # curvature, as a share of the largest, that is numerically zero
PRIOR_SD = 3.0  # standard deviation of a log parameter that the data do not determine


@dataclass(frozen=True)
class Maximum:
    """The result of the search.

    Attributes:
        logs: logarithms of the parameters.
        log_likelihood: total log-likelihood.
        covariance: covariance of the logarithms: the inverse of the observed information plus that of a normal prior
            with PRIOR_SD around the maximum, which keeps it finite in directions that the data do not determine.
        gain: log-likelihood that one more Newton step would add; infinite where the likelihood is convex.
        converged: whether `gain` is below GAIN. That also holds where the likelihood approaches a limit (no dropout);
            the covariance then shows that the parameters are unknown.
    """

    logs: np.ndarray
    log_likelihood: float
    covariance: np.ndarray
    gain: float
    converged: bool


def maximise(objective: Objective, *, rough: Objective, starts: Sequence[np.ndarray], most: int = 2) -> Maximum:
    """Search on the rough objective from the best starts, then on the full objective from the best result.

    Args:
        objective: log-likelihood of all customers.
        rough: log-likelihood of a sample of them, or the same as `objective`.
        starts: logarithms of start parameters.
        most: number of starts that are searched from.
    """
    promising = sorted(starts, key=lambda start: -rough(start)[0])[:most]
    ends = [_search(rough, start) for start in promising]
    logs = max(ends, key=lambda end: rough(end)[0])
    if objective is not rough:
        inverse = _inverse(_information(rough, logs, rough(logs)[1]))
        logs = _search(objective, logs, inverse=inverse * _scale(rough, objective, logs))
    return _refined(objective, logs)


def _refined(objective: Objective, logs: np.ndarray) -> Maximum:
    """The last Newton steps, with one Hessian for all of them, and the covariance from the curvature."""
    value, gradient = objective(logs)
    information = _information(objective, logs, gradient)
    covariance = _inverse(information)
    for _ in range(LAST_STEPS):
        nearer = np.clip(logs + covariance @ gradient, -WIDEST, WIDEST)
        better, there = objective(nearer)
        if better <= value:
            break
        logs, value, gradient = nearer, better, there
        if gradient @ covariance @ gradient / 2 < GAIN / 100:
            break
    curvatures = np.linalg.eigvalsh(information)
    bent_down = curvatures.min() > -FLAT * curvatures.max()
    gain = float(gradient @ covariance @ gradient / 2) if bent_down else np.inf
    return Maximum(logs, value, covariance, gain, converged=gain < GAIN)


def _search(objective: Objective, start: np.ndarray, *, inverse: np.ndarray | None = None) -> np.ndarray:
    scale = abs(objective(start)[0]) or 1.0

    def cost(logs: np.ndarray) -> tuple[float, np.ndarray]:
        inside = np.clip(logs, -WIDEST, WIDEST)
        over = logs - inside
        value, gradient = objective(inside)
        return -value / scale + 0.5 * float(over @ over), np.where(over == 0, -gradient / scale, over)

    options: dict[str, Any] = {"gtol": 1e-7, "maxiter": 200}
    if inverse is not None:
        options["hess_inv0"] = inverse * scale
    return np.clip(minimize(cost, start, jac=True, method="BFGS", options=options).x, -WIDEST, WIDEST)


def _information(objective: Objective, logs: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """The negative Hessian, by finite differences of the gradient."""
    columns = np.array([(gradient - objective(logs + step)[1]) / STEP for step in np.eye(len(logs)) * STEP])
    return np.asarray((columns + columns.T) / 2)


def _inverse(information: np.ndarray) -> np.ndarray:
    """Inverse of the information with its negative eigenvalues set to 0 and the weak prior added."""
    values, vectors = np.linalg.eigh(information)
    half = vectors / np.sqrt(np.maximum(values, 0) + PRIOR_SD**-2)
    return np.asarray(half @ half.T)


def _scale(rough: Objective, objective: Objective, logs: np.ndarray) -> float:
    """The share of the information in the sample: the ratio of the log-likelihoods."""
    return abs(rough(logs)[0]) / (abs(objective(logs)[0]) or 1.0)
