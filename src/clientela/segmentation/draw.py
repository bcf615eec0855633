"""Draws candidates of a comparison."""

from collections.abc import Callable

import joblib
import numpy as np

from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.projection import Projection, project
from clientela.segmentation.clustering.scores import sample_rows
from clientela.segmentation.clustering.selection import CHOSEN
from clientela.segmentation.compare import Comparison
from clientela.segmentation.inputs import ComparisonInputs
from clientela.settings import EvaluationSettings

Charts = dict[str, bytes]
Draw = Callable[[Evaluation, np.ndarray, Projection], Charts]
DRAWN = (*CHOSEN, "shortlisted", "baseline")  # verdicts of the candidates that are drawn by default


def draw_candidates(
    inputs: ComparisonInputs, comparison: Comparison, settings: EvaluationSettings, *, draw: Draw, seed: int
) -> list[Charts]:
    """Draw the winner, the shortlist and the baseline, or all candidates (`pictures` of the settings).

    Args:
        inputs: what the candidates were fitted to.
        comparison: evaluated and judged candidates.
        settings: evaluation settings.
        draw: draws a candidate's charts from its evaluation, the sample's positions and the projection.
        seed: random seed of the comparison.

    Returns:
        Charts by file name (PNG), in the order of the candidates; empty for those that are not drawn.
    """
    sample = sample_rows(len(inputs.present.matrix), size=settings.sample, seed=seed)
    projection = project(inputs.present.matrix, seed=seed)
    pairs = zip(comparison.evaluations, comparison.verdicts, strict=True)
    chosen = [settings.pictures == "all" or verdict.verdict in DRAWN for _, verdict in pairs]
    jobs = (
        joblib.delayed(draw)(evaluation, sample, projection)
        for evaluation, is_drawn in zip(comparison.evaluations, chosen, strict=True)
        if is_drawn
    )
    drawn = iter(joblib.Parallel(n_jobs=settings.jobs)(jobs))
    return [next(drawn) if is_drawn else {} for is_drawn in chosen]
