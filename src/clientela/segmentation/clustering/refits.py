"""Which candidates are refitted on bootstrap samples: those whose stability decides the choice.

Refits are the most expensive score. A candidate that is rejected whatever its stability is needs none: its segments are
too many, too few or too small, or it is less separated than the shortlist.
"""

from collections.abc import Sequence

from clientela.segmentation.clustering.evaluation import Evaluation
from clientela.segmentation.clustering.limits import size_limits
from clientela.segmentation.clustering.selection import BASELINE, select
from clientela.settings import SelectionSettings


def needed_refits(evaluations: Sequence[Evaluation], selection: SelectionSettings) -> list[int]:
    """Positions of the candidates that must be refitted before the choice is certain.

    The choice is made as if all candidates that were not refitted were stable. Those that it then shortlists are
    needed. If none of them is needed, their stability cannot change the choice: all that are shortlisted were
    refitted, and the others are rejected for other reasons. Where no candidate wins, all that keep the limits on their
    sizes are needed, because the most stable one takes the winner's place. Both are done with and without the
    comparison with the RFM rules, which is left out where spend cannot be predicted.

    Args:
        evaluations: all candidates, refitted (with the metric `stability`) or not.
        selection: limits and tolerances of the choice.

    Returns:
        Positions in ascending order; empty if the choice is certain. After they are refitted, others may be needed.
    """
    known = {i for i, evaluation in enumerate(evaluations) if "stability" in evaluation.metrics}
    needed = {i for i, evaluation in enumerate(evaluations) if evaluation.candidate.algorithm == BASELINE}
    for is_predictable in (True, False):
        needed |= _needed(evaluations, selection, is_predictable=is_predictable)
    return sorted(needed - known)


def _needed(evaluations: Sequence[Evaluation], selection: SelectionSettings, *, is_predictable: bool) -> set[int]:
    verdicts = select(evaluations, **selection.model_dump(), is_predictable=is_predictable)
    shortlist = {i for i, verdict in enumerate(verdicts) if verdict.verdict in ("winner", "shortlisted")}
    if shortlist:
        return shortlist
    limits = size_limits(selection)
    return {i for i, evaluation in enumerate(evaluations) if limits.broken_by(evaluation.metrics) is None}
