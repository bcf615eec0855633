"""The maximum of a log-likelihood of positive parameters: rough on a sample from several starts, then on everybody."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

# Total log-likelihood and its gradient, at the logarithms of the parameters.
Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]

WIDEST = 12.0  # |log parameter| in the model's own scale; beyond it nothing can be told from the limit
STEP = 1e-4  # of the differences of gradients that make the Hessian
GAIN = 0.1  # log-likelihood, less than half a standard error, that a further step may still promise at the end
LAST_STEPS = 5
FLAT = 1e-6  # curvature, as a share of the largest, that differences of gradients cannot tell from none
PRIOR_SD = 3.0  # of a log parameter that the data say nothing about; a twentieth of a percent where they do


@dataclass(frozen=True)
class Maximum:
    """Where the search ended.

    Attributes:
        logs: logarithms of the parameters.
        log_likelihood: total.
        covariance: of the logarithms: inverse of the observed information, plus that of a normal prior of PRIOR_SD
            around the maximum, which keeps it finite in directions that the data say nothing about.
        gain: log-likelihood that one more Newton step promises; infinite where the likelihood bends upwards.
        converged: whether the gain is below GAIN. So it is where the likelihood levels off towards a limit (nobody ever
            stops): the covariance says that such parameters are unknown.
    """

    logs: np.ndarray
    log_likelihood: float
    covariance: np.ndarray
    gain: float
    converged: bool


def maximise(objective: Objective, *, rough: Objective, starts: Sequence[np.ndarray], most: int = 2) -> Maximum:
    """Search from the `most` best of the starts on the rough objective, then on the full one from the best end.

    Args:
        objective: of all customers.
        rough: of a sample of them, or the same.
        starts: logarithms of parameters.
        most: how many starts are followed.
    """
    promising = sorted(starts, key=lambda start: -rough(start)[0])[:most]
    ends = [_search(rough, start) for start in promising]
    logs = max(ends, key=lambda end: rough(end)[0])
    if objective is not rough:
        inverse = _inverse(_information(rough, logs, rough(logs)[1]))
        logs = _search(objective, logs, inverse=inverse * _scale(rough, objective, logs))
    return _settled(objective, logs)


def _settled(objective: Objective, logs: np.ndarray) -> Maximum:
    """The last Newton steps, with one Hessian as it is near, and what the curvature says."""
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
    """The negative Hessian, by differences of the gradient."""
    columns = np.array([(gradient - objective(logs + step)[1]) / STEP for step in np.eye(len(logs)) * STEP])
    return np.asarray((columns + columns.T) / 2)


def _inverse(information: np.ndarray) -> np.ndarray:
    """Inverse of the information with its negative directions taken for flat and the weak prior added."""
    values, vectors = np.linalg.eigh(information)
    half = vectors / np.sqrt(np.maximum(values, 0) + PRIOR_SD**-2)
    return np.asarray(half @ half.T)


def _scale(rough: Objective, objective: Objective, logs: np.ndarray) -> float:
    """How much less the rough objective's customers say than all: the ratio of the log-likelihoods."""
    return abs(rough(logs)[0]) / (abs(objective(logs)[0]) or 1.0)
