"""Sets the programme up as of a date: every choice is made from what was known on it."""

from dataclasses import dataclass

import numpy as np

from clientela.insiders.compare import RankingComparison, compare_rankings
from clientela.insiders.inputs import ProgrammeInputs
from clientela.insiders.programme import Programme, Target, build_programme
from clientela.insiders.programme_size import Size, resolve_size
from clientela.insiders.ranked_dates import ModelError, RankedDates
from clientela.insiders.rankings import RankedCustomers


@dataclass(frozen=True)
class ProgrammeSetUp:
    """The programme as of a date, with all choices.

    Attributes:
        purchase_models: errors of the purchase models at the past dates of the date.
        size: number of members that was asked for.
        comparison: rankings compared at the past dates of the date.
        programme: programme as of the date.
    """

    purchase_models: list[ModelError]
    size: Size
    comparison: RankingComparison
    programme: Programme

    @property
    def ranked(self) -> RankedCustomers:
        """Customers as of the date with their rankings."""
        return self.comparison.today

    @property
    def scores(self) -> np.ndarray:
        """What the size is chosen by: expected value, or past revenue without it; (customers,), currency."""
        return size_scores(self.ranked)


def size_scores(ranked: RankedCustomers) -> np.ndarray:
    """Expected value of each customer, or past revenue if it is not known; (customers,), currency."""
    expected = ranked.values.expected
    return ranked.inputs.snapshot.revenue if expected is None else expected


def set_up_programme(dates: RankedDates, inputs: ProgrammeInputs, requested: float | None) -> ProgrammeSetUp:
    """Choose the purchase model, the size, the ranking, the window and the looseness as of a date.

    Args:
        dates: rankings of the run.
        inputs: customers as of the date.
        requested: number of members (at least 1), share of the customers (below 1), or None for "auto".

    Raises:
        InvalidData: the history is shorter than twice the shortest window.
        InvalidInput: as many members were requested as there are customers, or more.
    """
    settings = dates.options.settings
    model, errors = dates.purchase_model(inputs.snapshot.as_of)
    scores = size_scores(dates.rank(inputs, model))
    size = resolve_size(requested, scores, bounds=settings.size_bounds)
    comparison = compare_rankings(dates, inputs, purchase_model=model, size_share=size.customers / len(scores))
    target = Target(comparison.today, comparison.choice, size.customers)
    return ProgrammeSetUp(errors, size, comparison, build_programme(target, dates.cache, settings))
