"""Customer lifetime value: what customers will buy, times what they spend on it, discounted by calendar months."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from clientela.clv.bg_nbd import BetaGeometricNBD
from clientela.clv.findings import Finding, find_in_data, find_in_purchases, find_in_spend
from clientela.clv.gamma_gamma import GammaGamma
from clientela.clv.purchase_model import PurchaseModel
from clientela.clv.summary import PurchaseSummary
from clientela.errors import InvalidData, InvalidInput


class CustomerValue(BaseEstimator):
    """A purchase model and a spend model, fitted on one summary.

    Learned by `fit`:
        purchases_: the fitted purchase model.
        spend_: the fitted spend model.
        findings_: where the models do not fit (see `findings`).

    Args:
        purchases: BetaGeometricNBD (where None), ModifiedBetaGeometricNBD or ParetoNBD.
        spend: GammaGamma where None.
    """

    purchases_: PurchaseModel
    spend_: GammaGamma
    findings_: list[Finding]

    def __init__(self, purchases: PurchaseModel | None = None, spend: GammaGamma | None = None) -> None:
        self.purchases = purchases
        self.spend = spend

    def fit(self, summary: PurchaseSummary, y: object = None) -> Self:
        """Fit both models.

        `findings_` is set before an error is raised, so that it can be printed.

        Raises:
            InvalidData: nobody bought again, or nobody spent anything on it.
            InvalidInput: the summary breaks a rule of the models.
        """
        customers = summary.customers
        self.findings_ = find_in_data(customers)
        blocking = [finding for finding in self.findings_ if finding.blocking]
        if blocking:
            raise InvalidData(blocking[0].message)
        self.purchases_ = clone(self.purchases or BetaGeometricNBD()).fit(customers)
        self.spend_ = clone(self.spend or GammaGamma()).fit(customers)
        self.findings_ += [*find_in_purchases(self.purchases_, customers), *find_in_spend(self.spend_)]
        return self

    @property
    def usable_(self) -> bool:
        """Whether no finding forbids to use the forecasts."""
        check_is_fitted(self, "purchases_")
        return not any(finding.blocking for finding in self.findings_)

    def expected_purchases(self, summary: PurchaseSummary, periods: ArrayLike) -> np.ndarray:
        """Mean number of purchases of each customer in the `periods` (the summary's time unit) from as_of on.

        Returns:
            (customers,), or (customers, horizons) where `periods` is a list.
        """
        return self.purchases_.expected_purchases(summary.customers, periods)

    def probability_alive(self, summary: PurchaseSummary) -> np.ndarray:
        """Probability that each customer has not stopped for good; (customers,)."""
        return self.purchases_.probability_alive(summary.customers)

    def expected_spend(self, summary: PurchaseSummary) -> np.ndarray:
        """Mean spend on a purchase of each customer; (customers,), currency."""
        return self.spend_.expected_spend(summary.customers)

    def customer_lifetime_value(self, summary: PurchaseSummary, months: int, discount_rate: float = 0.0) -> np.ndarray:
        """Mean discounted spend of each customer in the calendar months from as_of on; (customers,), currency.

        The sum over the months m of (purchases expected in m) x (mean spend) / (1 + discount_rate)^(m / 12): what comes
        in during a month counts as at its end. It is revenue; a margin is for the caller to multiply with.

        Args:
            summary: the customers' past.
            months: calendar months, at least 1.
            discount_rate: a year, for example 0.1; at least 0.

        Raises:
            InvalidInput: months or rate out of range.
        """
        weights = discounts(months, discount_rate)
        until = self.expected_purchases(summary, summary.month_ends(months))
        monthly = np.diff(until, axis=1, prepend=0.0)
        return np.asarray((monthly @ weights) * self.expected_spend(summary))

    def draw(self, draws: int, rng: np.random.Generator) -> list["CustomerValue"]:
        """The same with parameters drawn from their asymptotic distributions."""
        drawn = []
        pairs = zip(self.purchases_.draw_parameters(draws, rng), self.spend_.draw_parameters(draws, rng), strict=True)
        for purchases, spend in pairs:
            other = clone(self)
            other.purchases_, other.spend_, other.findings_ = purchases, spend, self.findings_
            drawn.append(other)
        return drawn


def discounts(months: int, discount_rate: float) -> np.ndarray:
    """What money at the end of each of the months is worth at their start; (months,).

    Raises:
        InvalidInput: the rate is negative or none.
    """
    if not (np.isfinite(discount_rate) and discount_rate >= 0):
        raise InvalidInput(f"The discount_rate parameter must be >= 0 (a year). Got {discount_rate!r} instead.")
    return np.asarray((1 + discount_rate) ** (-np.arange(1, months + 1) / 12))
