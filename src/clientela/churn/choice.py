"""The choice of a model: the simplest whose average precision is not significantly below the highest.

Models are compared by their out-of-fold probabilities for the training rows, so that the test rows play no part in the
choice. The bootstrap draws customers, since a customer may have several rows, and uses the same draws for all models,
since their errors are correlated.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from clientela.churn.models import SIMPLICITY


@dataclass(frozen=True)
class Verdict:
    """The verdict on one model.

    Attributes:
        name: name of the model.
        verdict: "winner", "best" (highest average precision, but a simpler model is chosen), "tied" or "worse".
        average_precision: out-of-fold average precision.
        interval: bootstrap interval of the average precision.
        behind: bootstrap interval of the difference to the highest; zeros for the highest.
        reason: one sentence.
    """

    name: str
    verdict: str
    average_precision: float
    interval: tuple[float, float]
    behind: tuple[float, float]
    reason: str


def choose(
    y: np.ndarray,
    groups: ArrayLike,
    probabilities: Mapping[str, np.ndarray],
    *,
    interval: float,
    draws: int,
    seed: int,
) -> list[Verdict]:
    """Compare the models by average precision, and choose one.

    Args:
        y: 1.0 for rows of customers who left, 0.0 for others.
        groups: the customer of each row.
        probabilities: model -> out-of-fold probability of each row.
        interval: level of the intervals, for example 0.95.
        draws: number of bootstrap samples.
        seed: random seed of the draws.

    Returns:
        One verdict per model, in the order of `probabilities`.
    """
    names = list(probabilities)
    # The draws are repeated for each model: all of them at once would need draws * rows of memory.
    scores = {
        name: _average_precisions(y, probabilities[name], _weights(groups, draws=draws, seed=seed)) for name in names
    }
    whole = {name: float(_average_precisions(y, probabilities[name], np.ones((1, len(y))))[0]) for name in names}
    tail = (1 - interval) / 2
    best = max(names, key=lambda name: (whole[name], -SIMPLICITY.index(name)))
    behind = {name: _interval(scores[name] - scores[best], tail) for name in names}
    tied = [name for name in names if behind[name][1] >= 0]
    winner = min(tied, key=SIMPLICITY.index)
    return [
        Verdict(
            name, _verdict(name, winner, best, tied), whole[name], _interval(scores[name], tail), behind[name],
            _reason(name, winner, best, tied, whole, behind[name], interval),
        )
        for name in names
    ]  # fmt: skip


def _verdict(name: str, winner: str, best: str, tied: Sequence[str]) -> str:
    return "winner" if name == winner else "best" if name == best else "tied" if name in tied else "worse"


def _reason(
    name: str, winner: str, best: str, tied: Sequence[str], whole: Mapping[str, float], behind: tuple[float, float],
    interval: float,
) -> str:  # fmt: skip
    bounds = f"{behind[0]:+.3f} to {behind[1]:+.3f} at {interval:.0%}"
    if name == winner == best:
        return f"It has the highest average precision, {whole[name]:.3f}, and no simpler model is as good."
    if name == winner:
        return (
            f"It is the simplest of those that are not significantly below {best} ({whole[best]:.3f}): its average "
            f"precision is {whole[name]:.3f}, the difference {bounds}."
        )
    if name == best:
        return f"It has the highest average precision, {whole[name]:.3f}; {winner} is simpler and as good."
    if name in tied:
        return f"It is not significantly below {best} ({bounds}), but {winner} is simpler."
    return f"Its average precision, {whole[name]:.3f}, is significantly below that of {best} ({bounds})."


def _weights(groups: ArrayLike, *, draws: int, seed: int) -> Iterator[np.ndarray]:
    """Weights of the rows in each draw: groups are drawn with replacement."""
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    count = int(group.max()) + 1
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        yield np.bincount(rng.integers(0, count, count), minlength=count)[group]


def _average_precisions(y: np.ndarray, probability: np.ndarray, weights: Iterable[np.ndarray]) -> np.ndarray:
    """scikit-learn's average precision with each of the weights of all rows.

    The sum over thresholds of precision times the step of recall; equal probabilities are one threshold.
    """
    order = np.argsort(-probability, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(probability[order])), len(order) - 1)
    found = []
    for weight in weights:
        ordered = weight[order].astype("float64")
        hits = np.cumsum(ordered * y[order])[ends]
        seen = np.cumsum(ordered)[ends]
        recall = hits / hits[-1]
        found.append(np.sum(np.diff(recall, prepend=0.0) * hits / np.maximum(seen, 1e-12)))
    return np.array(found)


def _interval(values: np.ndarray, tail: float) -> tuple[float, float]:
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
