"""The expected value of each customer: several purchase models, of which a backtest chooses one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from clientela.clv import BetaGeometricNBD, CustomerValue, Finding, ModifiedBetaGeometricNBD, ParetoNBD
from clientela.errors import InvalidData
from clientela.insiders.inputs import ProgrammeInputs
from clientela.settings.insiders import InsidersSettings

PURCHASE_MODELS = {"bg_nbd": BetaGeometricNBD, "mbg_nbd": ModifiedBetaGeometricNBD, "pareto_nbd": ParetoNBD}
PLAIN = "plain"  # each customer goes on spending as in the longest window that the history fills
DAYS_PER_MONTH = 30  # the horizon is rounded to a number of months
GROUPS = 10  # of customers, by which expected and actual spend are compared


@dataclass(frozen=True)
class CustomerValues:
    """The customer-value models as of a date.

    Attributes:
        name: name of the purchase model in the settings.
        models: fitted models; None if they cannot be fitted or must not be used, and for the plain rule.
        findings: where the models do not fit the shop.
        expected: expected spend of each customer in the horizon; (customers,), currency; None if it is not known.
    """

    name: str
    models: CustomerValue | None
    findings: list[Finding]
    expected: np.ndarray | None


def horizon_months(settings: InsidersSettings) -> int:
    """The horizon in calendar months, at least one."""
    return max(1, round(settings.ranking.horizon_days / DAYS_PER_MONTH))


def fit_customer_values(
    inputs: ProgrammeInputs, settings: InsidersSettings, *, name: str, history_days: int, seed: int
) -> CustomerValues:
    """Fit a purchase model and the spend model to what was known as of a date.

    Args:
        inputs: customers as of the date.
        settings: programme settings: horizon.
        name: name of the purchase model in the settings.
        history_days: days from the first order of the shop to the date.
        seed: random seed of the search for the parameters.
    """
    if name == PLAIN:
        return CustomerValues(name, None, [], plain_rule(inputs, settings, history_days=history_days))
    models = CustomerValue(PURCHASE_MODELS[name](seed=seed))
    try:
        models.fit(inputs.purchases)
    except InvalidData:
        return CustomerValues(name, None, getattr(models, "findings_", []), None)
    if not models.usable_:
        return CustomerValues(name, None, models.findings_, None)
    expected = models.customer_lifetime_value(inputs.purchases, horizon_months(settings))
    return CustomerValues(name, models, models.findings_, expected)


def plain_rule(inputs: ProgrammeInputs, settings: InsidersSettings, *, history_days: int) -> np.ndarray:
    """Each customer's spend in the longest window that the history fills, at the same rate; (customers,), currency.

    Args:
        inputs: customers as of a date.
        settings: programme settings: horizon.
        history_days: days from the first order of the shop to the date.
    """
    filled = [days for days in inputs.figures if days <= history_days] or [min(inputs.figures)]
    window = max(filled)
    rate = settings.ranking.horizon_days / min(window, history_days)
    expected: np.ndarray = inputs.figures[window]["spend"].to_numpy() * rate
    return expected


def group_error(expected: np.ndarray, actual: np.ndarray) -> float:
    """How far the spend of ten groups of customers was off: the sum of the absolute errors, as a share of the total.

    The groups have equal numbers of customers, ordered by expected spend. So a total that is right by luck does not
    hide groups that are wrong.

    Args:
        expected: expected spend of each customer; (customers,), currency.
        actual: what each spent; (customers,), currency, not all 0.

    Example:
        >>> group_error(np.full(20, 1.0), np.repeat([0.0, 2.0], 10))
        1.0
    """
    groups = np.array_split(np.argsort(-expected, kind="stable"), GROUPS)
    errors = [abs(float(expected[group].sum() - actual[group].sum())) for group in groups]
    return sum(errors) / float(actual.sum())


def choose_model(errors: Mapping[str, Sequence[float]], *, tie: float) -> str:
    """The purchase model with the smallest mean error at past dates; of those within `tie` of it the first.

    Args:
        errors: model -> error at each past date, in the order of the settings; infinite where it could not be fitted.
        tie: difference of mean errors that counts as equal.

    Returns:
        Its name; the first model if there is no past date.

    Example:
        >>> choose_model({"mbg_nbd": [0.3, 0.2], "pareto_nbd": [0.2, 0.1]}, tie=0.005)
        'pareto_nbd'
    """
    means = {name: float(np.mean(values)) if len(values) else 0.0 for name, values in errors.items()}
    least = min(means.values())
    return next(name for name, mean in means.items() if mean <= least + tie)
