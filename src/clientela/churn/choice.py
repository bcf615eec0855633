"""The choice: the highest average precision, and of what is not significantly below it the simplest.

Judged by out-of-fold probabilities of the training, so that the test stays untouched until a model is chosen. Whole
customers are drawn, since one may have several rows, and the same draws for all models, since their errors go together.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from clientela.churn.models import SIMPLICITY


@dataclass(frozen=True)
class Judged:
    """A model's verdict: "winner", "best" (the highest, where a simpler one is chosen), "tied" or "worse".

    Attributes:
        name: of the model.
        verdict: what became of it.
        average_precision: out of fold.
        interval: of it.
        behind: of the difference to the highest (at most 0 at its lower end); zeros for the highest.
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
) -> list[Judged]:
    """Judge the models, in their order.

    Args:
        y: 1.0 for who left, one a row.
        groups: the customer of each row.
        probabilities: model -> out-of-fold probability of each row.
        interval: level, for example 0.95.
        draws: bootstrap samples.
        seed: of the draws.
    """
    names = list(probabilities)
    # The same draws again for each model, one at a time: all of them together would be draws times rows in memory.
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
        Judged(
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
    """How often each row is in a draw, one draw after the other: whole groups are drawn with replacement."""
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
