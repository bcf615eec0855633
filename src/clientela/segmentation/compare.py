"""The comparison: evaluates all candidates and chooses one."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np

from clientela.segmentation.clustering.candidates import Family
from clientela.segmentation.clustering.caveats import caveats_of
from clientela.segmentation.clustering.continuing import CONTINUED
from clientela.segmentation.clustering.evaluation import (
    Evaluation,
    EvaluationData,
    evaluate_family,
    fit_count,
)
from clientela.segmentation.clustering.fallback import with_fallback
from clientela.segmentation.clustering.leaderboard import Row, leaderboard
from clientela.segmentation.clustering.limits import SizeLimits, size_limits
from clientela.segmentation.clustering.next_period import boosted_share
from clientela.segmentation.clustering.predictability import Predictability, measure_predictability
from clientela.segmentation.clustering.progress import FitCounter, fit_progress
from clientela.segmentation.clustering.reason import Reason
from clientela.segmentation.clustering.scores import distance_matrix, sample_rows
from clientela.segmentation.clustering.selection import Verdict, chosen_position, select
from clientela.segmentation.inputs import ComparisonInputs
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
    limits: SizeLimits | None = None,
    seed: int,
) -> list[Evaluation]:
    """Evaluate all candidates in parallel.

    Args:
        inputs: what the candidates are fitted to.
        families: candidates, grouped by shared fits.
        settings: evaluation settings; `jobs` is the number of workers.
        limits: limits on the size of segments. A candidate that breaks them gets no stability, which is the most
            expensive score. None computes all scores of all candidates.
        seed: random seed of samples, fits, bootstraps and folds.

    Returns:
        Evaluations in the order of the candidates. They do not depend on the number of workers.

    Example:
        >>> inputs = prepare_inputs(connection, features, fit=fit, as_of=as_of, horizon_days=90)  # doctest: +SKIP
        >>> evaluations = compare_candidates(inputs, families, settings, seed=0)  # doctest: +SKIP
        >>> judge_candidates(families, evaluations, selection).winner.candidate.name  # doctest: +SKIP
        'kmeans k=6'
    """
    # The families with the most candidates first, so that no worker is left with a long one at the end.
    order = sorted(range(len(families)), key=lambda i: -len(families[i].candidates))
    done: dict[int, list[Evaluation]] = {}
    fits = fit_count(families, bootstraps=settings.bootstraps, has_past=inputs.past is not None)
    with _shared_data(inputs, size=settings.sample, seed=seed) as data, fit_progress(fits) as counter:
        worker = _Worker(data, settings, limits, seed, counter)
        jobs = (joblib.delayed(worker.run)(i, families[i]) for i in order)
        for i, evaluated in joblib.Parallel(n_jobs=settings.jobs, return_as="generator_unordered")(jobs):
            done[i] = evaluated
    return [evaluation for i in range(len(families)) for evaluation in done[i]]


@contextmanager
def _shared_data(inputs: ComparisonInputs, *, size: int, seed: int) -> Iterator[EvaluationData]:
    """The evaluation's data; the distances are in a file that workers map, because the matrix is large."""
    sample = sample_rows(len(inputs.present.matrix), size=size, seed=seed)
    past, next_spend = (inputs.past.inputs, inputs.past.snapshot.next_spend) if inputs.past else (None, None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "distances.npy"
        np.save(path, distance_matrix(inputs.present.matrix[sample]))
        yield EvaluationData(inputs.present, sample, np.load(path, mmap_mode="r"), past, next_spend)


@dataclass(frozen=True)
class _Worker:
    """The input of a worker process, which evaluates a family."""

    data: EvaluationData
    settings: EvaluationSettings
    limits: SizeLimits | None
    seed: int
    counter: FitCounter

    def run(self, position: int, family: Family) -> tuple[int, list[Evaluation]]:
        evaluations = evaluate_family(
            family,
            self.data,
            bootstraps=self.settings.bootstraps,
            bootstrap_size=self.settings.sample,
            folds=self.settings.folds,
            seed=self.seed,
            limits=self.limits,
            on_fit=self.counter.add,
        )
        return position, evaluations
