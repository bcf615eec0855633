"""Whether past behaviour predicts next-period spend at all: shares explained against those of shuffled customers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.scores import explained_share

SHUFFLES = 40
LEVEL = 0.95
LARGE_SHARE = 0.1  # far above the noise of any shop with enough customers to be compared
FEW_CUSTOMERS = 500  # with fewer, a share of 0.1 may be noise


@dataclass(frozen=True)
class Predictability:
    """The largest shares of next-period spend explained, and the share that noise alone reaches.

    Attributes:
        best: largest share explained by a candidate or the RFM rules.
        noise: share that the best of the same candidates explains of shuffled spend, at the 95th percentile; None if
            it was not computed because `best` is large.
        ceiling: share explained by gradient boosting on all features; None if it was not computed because `best` is
            above the noise.
    """

    best: float
    noise: float | None = None
    ceiling: float | None = None

    @property
    def is_predictable(self) -> bool:
        """Whether a candidate or gradient boosting explains more than noise."""
        return self.noise is None or self.best > self.noise or (self.ceiling or 0.0) > self.noise


def measure_predictability(
    evaluations: Sequence[Evaluation],
    next_spend: np.ndarray,
    *,
    ceiling: Callable[[], float],
    folds: int,
    seed: int,
) -> Predictability:
    """Compare the shares of next-period spend explained with those of shuffled spend (a permutation test).

    Spend is shuffled among the customers, and the same segments explain it again. The test uses the largest share of
    all candidates, on both sides, because the best of many candidates reaches a share above 0 by chance.

    Args:
        evaluations: all candidates with their past labels.
        next_spend: spend of the past customers in the next period (currency), (customers,).
        ceiling: returns the share explained by gradient boosting; only called if no candidate is above the noise.
        folds: folds of the cross-validation.
        seed: random seed of shuffles and folds.

    Returns:
        The shares.
    """
    shares = [evaluation.metrics["explained_spend"] for evaluation in evaluations]
    best = max(shares)
    if best > LARGE_SHARE and len(next_spend) >= FEW_CUSTOMERS:
        return Predictability(best)
    outcome, rng = np.log1p(next_spend), np.random.default_rng(seed)
    labels = [evaluation.past_labels for evaluation in evaluations if evaluation.past_labels is not None]
    highest = [_highest_share(labels, rng.permutation(outcome), folds=folds, seed=seed) for _ in range(SHUFFLES)]
    noise = float(np.quantile(highest, LEVEL))
    return Predictability(best, noise, None if best > noise else ceiling())


def _highest_share(labels: Sequence[np.ndarray], outcome: np.ndarray, *, folds: int, seed: int) -> float:
    return max(explained_share(one, outcome, folds=folds, seed=seed) for one in labels)
