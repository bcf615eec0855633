"""The rankings of the customers at the dates of one run, and the purchase model that past dates choose."""

from collections.abc import Sequence
from datetime import date
from typing import TypedDict

import numpy as np

from clientela.insiders.customer_values import CustomerValues, choose_model, fit_customer_values, group_error
from clientela.insiders.inputs import InputsCache, ProgrammeInputs, past_dates
from clientela.insiders.rankings import RankedCustomers, RankingOptions, baseline_rankings


class ModelError(TypedDict):
    """How far the expected values of a purchase model were off at past dates (see `customer_values.group_error`).

    `total` is the mean of the relative errors of the total, with their signs. Both are None if the model could not be
    fitted at a date.
    """

    name: str
    dates: int
    error: float | None
    total: float | None


class RankedDates:
    """The rankings at the dates of one run. Nothing that is known on a date only later enters; each is computed once.

    Args:
        cache: inputs of the run.
        options: how customers are ranked.
    """

    def __init__(self, cache: InputsCache, options: RankingOptions) -> None:
        self.cache, self.options = cache, options
        self._values: dict[tuple[date, str], CustomerValues] = {}
        self._baselines: dict[date, dict[str, np.ndarray]] = {}

    def past(self, as_of: date) -> list[ProgrammeInputs]:
        """The customers at the past dates of a date, whose next period was over by then; the latest first."""
        ranking = self.options.settings.ranking
        days = past_dates(self.cache.first_order, as_of, days_back=ranking.days_back, horizon_days=ranking.horizon_days)
        inputs = [self.cache.at(day, with_next_period=True) for day in days]
        return [one for one in inputs if one.has_enough_customers and one.snapshot.next_spend.sum() > 0]

    def rank(self, inputs: ProgrammeInputs, model: str) -> RankedCustomers:
        """Rank the customers by the baselines, and by the expected value of a purchase model if there is one."""
        as_of = inputs.snapshot.as_of
        if as_of not in self._baselines:
            self._baselines[as_of] = baseline_rankings(inputs.snapshot, self.options)
        values, scores = self._fit(inputs, model), dict(self._baselines[as_of])
        if values.expected is not None:
            scores["expected_value"] = values.expected
        return RankedCustomers(inputs, values, scores)

    def purchase_model(self, as_of: date) -> tuple[str, list[ModelError]]:
        """The purchase model that did best at the past dates of a date, and the errors of all of them."""
        settings, past = self.options.settings.ranking, self.past(as_of)
        names = settings.purchase_models
        errors = {name: [self._error(one, name) for one in past] for name in names}
        rows = [_model_error(name, errors[name]) for name in names]
        return choose_model({name: [error for error, _ in errors[name]] for name in names}, tie=settings.tie), rows

    def _fit(self, inputs: ProgrammeInputs, model: str) -> CustomerValues:
        as_of = inputs.snapshot.as_of
        if (as_of, model) not in self._values:
            history_days = (as_of - self.cache.first_order).days
            self._values[as_of, model] = fit_customer_values(
                inputs, self.options.settings, name=model, history_days=history_days, seed=self.options.seed
            )
        return self._values[as_of, model]

    def _error(self, inputs: ProgrammeInputs, model: str) -> tuple[float, float]:
        expected, actual = self._fit(inputs, model).expected, inputs.snapshot.next_spend
        if expected is None:
            return float("inf"), float("inf")
        return group_error(expected, actual), float(expected.sum() / actual.sum()) - 1


def _model_error(name: str, errors: Sequence[tuple[float, float]]) -> ModelError:
    means = np.mean(errors, axis=0).tolist() if errors else [float("inf")] * 2
    error, total = (mean if np.isfinite(mean) else None for mean in means)
    return {"name": name, "dates": len(errors), "error": error, "total": total}
