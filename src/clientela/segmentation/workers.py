"""Worker processes that evaluate families of candidates side by side."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np

from clientela.segmentation.clustering.candidates import Family
from clientela.segmentation.clustering.evaluation import (
    Evaluation,
    EvaluationData,
    evaluate_family,
    fit_count,
    refit_family,
)
from clientela.segmentation.clustering.progress import FitCounter, fit_progress
from clientela.segmentation.clustering.scores import distance_matrix, sample_rows
from clientela.segmentation.inputs import ComparisonInputs
from clientela.settings import EvaluationSettings


@dataclass(frozen=True)
class Workers:
    """What the worker processes need; they end when Python does, or after some minutes without work.

    Attributes:
        data: customers and distances.
        settings: evaluation settings; `jobs` is the number of workers.
        seed: random seed of fits, draws and folds.
    """

    data: EvaluationData
    settings: EvaluationSettings
    seed: int

    def evaluate(self, families: Sequence[Family]) -> list[list[Evaluation]]:
        """The evaluations of each family, without refits."""
        # The families with the most candidates first, so that no worker is left with a long one at the end.
        order = sorted(range(len(families)), key=lambda i: -len(families[i].candidates))
        done: dict[int, list[Evaluation]] = {}
        with fit_progress(fit_count(families, has_past=self.data.past is not None)) as counter:
            jobs = (joblib.delayed(self._evaluate)(i, families[i], counter) for i in order)
            for i, evaluated in self._run(jobs):
                done[i] = evaluated
        return [done[i] for i in range(len(families))]

    def refit(self, families: Sequence[Family], evaluated: Sequence[Sequence[Evaluation]]) -> list[list[Evaluation]]:
        """The evaluations of each family with the stability of its candidates."""
        done: dict[int, list[Evaluation]] = {}
        fits = sum(len(evaluations) for evaluations in evaluated) * self.settings.bootstraps
        with fit_progress(fits, "Refits") as counter:
            jobs = (
                joblib.delayed(self._refit)(i, family, evaluations, counter)
                for i, (family, evaluations) in enumerate(zip(families, evaluated, strict=True))
            )
            for i, refitted in self._run(jobs):
                done[i] = refitted
        return [done[i] for i in range(len(families))]

    def _run(self, jobs: Iterator[object]) -> Iterator[tuple[int, list[Evaluation]]]:
        results: Iterator[tuple[int, list[Evaluation]]] = joblib.Parallel(
            n_jobs=self.settings.jobs, return_as="generator_unordered"
        )(jobs)
        return results

    def _evaluate(self, position: int, family: Family, counter: FitCounter) -> tuple[int, list[Evaluation]]:
        folds, seed = self.settings.folds, self.seed
        return position, evaluate_family(family, self.data, folds=folds, seed=seed, on_fit=counter.add)

    def _refit(
        self, position: int, family: Family, evaluations: Sequence[Evaluation], counter: FitCounter
    ) -> tuple[int, list[Evaluation]]:
        refitted = refit_family(
            family,
            evaluations,
            self.data.present,
            bootstraps=self.settings.bootstraps,
            bootstrap_size=self.settings.sample,
            seed=self.seed,
            on_fit=counter.add,
        )
        return position, refitted


def warm_up(jobs: int) -> Iterator[None]:
    """Start the worker processes, whose imports take seconds, while this process has other work.

    Args:
        jobs: number of workers; -1 means one per core.

    Returns:
        An iterator that ends when they have started. It must be exhausted before they get work.
    """
    count = joblib.effective_n_jobs(jobs)
    if count == 1:
        return iter(())
    started: Iterator[None] = joblib.Parallel(n_jobs=jobs, return_as="generator")(
        joblib.delayed(_start)() for _ in range(count)
    )
    return started


def _start() -> None:
    """To call it, a worker imports this module and all that families of candidates need."""


@contextmanager
def start_workers(inputs: ComparisonInputs, settings: EvaluationSettings, *, seed: int) -> Iterator[Workers]:
    """Workers on the data of a comparison.

    Args:
        inputs: what the candidates are fitted to.
        settings: evaluation settings.
        seed: random seed of samples, fits, draws and folds.

    Yields:
        The workers. The distances are in a file that all of them map, because the matrix is large.
    """
    sample = sample_rows(len(inputs.present.matrix), size=settings.sample, seed=seed)
    past, next_spend = (inputs.past.inputs, inputs.past.snapshot.next_spend) if inputs.past else (None, None)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "distances.npy"
        np.save(path, distance_matrix(inputs.present.matrix[sample]))
        data = EvaluationData(inputs.present, sample, np.load(path, mmap_mode="r"), past, next_spend)
        yield Workers(data, settings, seed)
