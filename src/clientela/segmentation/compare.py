"""The comparison: evaluates all candidates and chooses one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from clientela.segmentation.clustering.candidates import Family
from clientela.segmentation.clustering.caveats import caveats_of
from clientela.segmentation.clustering.continuing import CONTINUED
from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.fallback import with_fallback
from clientela.segmentation.clustering.leaderboard import Row, leaderboard
from clientela.segmentation.clustering.limits import size_limits
from clientela.segmentation.clustering.next_period import boosted_share
from clientela.segmentation.clustering.predictability import Predictability, measure_predictability
from clientela.segmentation.clustering.reason import Reason
from clientela.segmentation.clustering.refits import needed_refits
from clientela.segmentation.clustering.selection import Verdict, chosen_position, select
from clientela.segmentation.inputs import ComparisonInputs
from clientela.segmentation.workers import Workers, start_workers
from clientela.settings import EvaluationSettings, SelectionSettings


@dataclass(frozen=True)
class Comparison:
    """All candidates, evaluated and judged.

    Attributes:
        families: candidates, grouped by shared fits.
        evaluations: one evaluation per candidate.
        verdicts: one verdict per candidate.
        board: leaderboard, one row per candidate.
        caveats: what a reader of the segments must know first, one sentence each; empty if nothing is missing.
        is_predictable: whether past behaviour predicts next-period spend.
        returning_share: share of the customers with two orders or more.
    """

    families: Sequence[Family]
    evaluations: Sequence[Evaluation]
    verdicts: Sequence[Verdict]
    board: list[Row]
    caveats: Sequence[Reason] = ()
    is_predictable: bool = True
    returning_share: float = 1.0

    @property
    def position(self) -> int:
        """Position of the chosen candidate."""
        return chosen_position(self.verdicts)

    @property
    def winner(self) -> Evaluation:
        """The chosen candidate: the winner, or the fallback where none won."""
        return self.evaluations[self.position]

    @property
    def has_winner(self) -> bool:
        """Whether a candidate won."""
        return any(verdict.verdict == "winner" for verdict in self.verdicts)

    @property
    def continues_champion(self) -> bool:
        """Whether the winner continues the champion's clusters."""
        return self.winner.candidate.algorithm == CONTINUED

    @property
    def winner_family(self) -> tuple[Family | None, int]:
        """The winner's family and the winner's position in it; no family if it continues the champion's clusters."""
        winner = self.winner.candidate
        found = [family for family in self.families if winner in family.candidates]
        return (found[0], found[0].candidates.index(winner)) if found else (None, 0)


def judge_candidates(
    families: Sequence[Family],
    evaluations: Sequence[Evaluation],
    selection: SelectionSettings,
    *,
    predictability: Predictability | None = None,
    returning_share: float = 1.0,
) -> Comparison:
    """Choose among evaluated candidates.

    Args:
        families: candidates, grouped by shared fits.
        evaluations: one evaluation per candidate, in the same order; with the baseline.
        selection: limits and tolerances of the choice.
        predictability: whether next-period spend can be predicted; None if there is no past.
        returning_share: share of the customers with two orders or more.

    Returns:
        The comparison with a verdict per candidate; one is chosen.
    """
    is_predictable = predictability is None or predictability.is_predictable
    verdicts = select(evaluations, **selection.model_dump(), is_predictable=is_predictable)
    verdicts = with_fallback(evaluations, verdicts, size_limits(selection))
    caveats = caveats_of(
        evaluations, verdicts, selection, is_predictable=is_predictable, returning_share=returning_share
    )
    board = leaderboard(evaluations, verdicts)
    return Comparison(families, evaluations, verdicts, board, caveats, is_predictable, returning_share)


def predictability_of(
    inputs: ComparisonInputs, evaluations: Sequence[Evaluation], *, folds: int, seed: int
) -> Predictability | None:
    """Whether the past customers' next-period spend can be predicted.

    Args:
        inputs: what the candidates were fitted to.
        evaluations: all candidates.
        folds: folds of the cross-validation.
        seed: random seed of shuffles and folds.

    Returns:
        The shares; None if there is no past.
    """
    if inputs.past is None:
        return None
    snapshot = inputs.past.snapshot
    return measure_predictability(
        evaluations,
        snapshot.next_spend,
        ceiling=lambda: boosted_share(snapshot.features, np.log1p(snapshot.next_spend), folds=folds, seed=seed),
        folds=folds,
        seed=seed,
    )


def compare_candidates(
    inputs: ComparisonInputs,
    families: Sequence[Family],
    settings: EvaluationSettings,
    *,
    selection: SelectionSettings | None = None,
    seed: int,
) -> list[Evaluation]:
    """Evaluate all candidates in parallel.

    Args:
        inputs: what the candidates are fitted to.
        families: candidates, grouped by shared fits.
        settings: evaluation settings; `jobs` is the number of workers.
        selection: limits and tolerances of the choice. With them, and unless `refits` of the settings is "all", only
            candidates whose stability can change the choice are refitted (`needed_refits`). None refits all.
        seed: random seed of samples, fits, bootstraps and folds.

    Returns:
        Evaluations in the order of the candidates. They do not depend on the number of workers.

    Example:
        >>> inputs = prepare_inputs(connection, features, fit=fit, as_of=as_of, horizon_days=90)  # doctest: +SKIP
        >>> evaluations = compare_candidates(inputs, families, settings, seed=0)  # doctest: +SKIP
        >>> judge_candidates(families, evaluations, selection).winner.candidate.name  # doctest: +SKIP
        'kmeans k=6'
    """
    wanted = selection if settings.refits == "needed" else None
    with start_workers(inputs, settings, seed=seed) as workers:
        evaluations = list(chain.from_iterable(workers.evaluate(families)))
        while positions := _refits(evaluations, wanted):
            evaluations = _refit(families, evaluations, positions, workers)
    return evaluations


def _refits(evaluations: Sequence[Evaluation], selection: SelectionSettings | None) -> list[int]:
    """Positions of the candidates to refit next."""
    if selection:
        return needed_refits(evaluations, selection)
    return [i for i, evaluation in enumerate(evaluations) if "stability" not in evaluation.metrics]


def _refit(
    families: Sequence[Family], evaluations: Sequence[Evaluation], positions: Sequence[int], workers: Workers
) -> list[Evaluation]:
    """All evaluations, with the stability of the candidates at the positions."""
    updated, first = list(evaluations), 0
    chosen, indices = list[Family](), list[list[int]]()
    for family in families:
        here = [i for i in positions if first <= i < first + len(family.candidates)]
        if here:
            chosen.append(replace(family, candidates=tuple(family.candidates[i - first] for i in here)))
            indices.append(here)
        first += len(family.candidates)
    refitted = workers.refit(chosen, [[evaluations[i] for i in here] for here in indices])
    for i, evaluation in zip(chain(*indices), chain(*refitted), strict=True):
        updated[i] = evaluation
    return updated
