"""Customer lifetime value: expected purchases times expected spend, discounted by calendar months."""

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

    Args:
        purchases: unfitted purchase model: BetaGeometricNBD (the default), ModifiedBetaGeometricNBD or ParetoNBD.
        spend: unfitted spend model; GammaGamma by default.

    Attributes:
        purchases_: fitted purchase model.
        spend_: fitted spend model.
        findings_: where the models do not fit (see `findings`).

    Example:
        >>> value = CustomerValue().fit(summary)  # doctest: +SKIP
        >>> value.customer_lifetime_value(summary, months=12, discount_rate=0.1)  # doctest: +SKIP
    """

    purchases_: PurchaseModel
    spend_: GammaGamma
    findings_: list[Finding]

    def __init__(self, purchases: PurchaseModel | None = None, spend: GammaGamma | None = None) -> None:
        self.purchases = purchases
        self.spend = spend

    def fit(self, summary: PurchaseSummary, y: object = None) -> Self:
        """Fit both models; `findings_` is set even where an error is raised.

        Args:
            summary: purchases of the customers so far.
            y: ignored, for compatibility with scikit-learn.

        Raises:
            InvalidData: no customer has a repeat purchase, or a positive spend on one.
            InvalidInput: the summary violates a rule of the models.
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
        """Whether the forecasts may be used: no finding is blocking."""
        check_is_fitted(self, "purchases_")
        return not any(finding.blocking for finding in self.findings_)

    def expected_purchases(self, summary: PurchaseSummary, periods: ArrayLike) -> np.ndarray:
        """Expected number of purchases of each customer in the next `periods` (time unit of the summary).

        Returns:
            (customers,), or (customers, horizons) where `periods` is a list.
        """
        return self.purchases_.expected_purchases(summary.customers, periods)

    def probability_alive(self, summary: PurchaseSummary) -> np.ndarray:
        """Probability of each customer to be alive, that is, to buy again; (customers,)."""
        return self.purchases_.probability_alive(summary.customers)

    def expected_spend(self, summary: PurchaseSummary) -> np.ndarray:
        """Expected mean spend on a purchase of each customer; (customers,), currency."""
        return self.spend_.expected_spend(summary.customers)

    def customer_lifetime_value(self, summary: PurchaseSummary, months: int, discount_rate: float = 0.0) -> np.ndarray:
        """Expected discounted spend of each customer in the next calendar months; (customers,), currency.

        The sum over the months m of (expected purchases in m) x (expected spend) / (1 + discount_rate)^(m / 12). The
        revenue of a month counts as received at its end. The result is revenue; multiply it by a margin for profit.

        Args:
            summary: purchases of the customers so far.
            months: number of calendar months from as_of on, at least 1.
            discount_rate: discount rate per year, at least 0, such as 0.1.

        Raises:
            InvalidInput: `months` or `discount_rate` is out of range.
        """
        weights = discounts(months, discount_rate)
        until = self.expected_purchases(summary, summary.month_ends(months))
        monthly = np.diff(until, axis=1, prepend=0.0)
        return np.asarray((monthly @ weights) * self.expected_spend(summary))

    def draw(self, draws: int, rng: np.random.Generator) -> list["CustomerValue"]:
        """Copies with parameters drawn from their asymptotic distributions."""
        drawn = []
        pairs = zip(self.purchases_.draw_parameters(draws, rng), self.spend_.draw_parameters(draws, rng), strict=True)
        for purchases, spend in pairs:
            other = clone(self)
            other.purchases_, other.spend_, other.findings_ = purchases, spend, self.findings_
            drawn.append(other)
        return drawn


def discounts(months: int, discount_rate: float) -> np.ndarray:
    """The discount factor at the end of each month; (months,).

    Raises:
        InvalidInput: the rate is negative or not finite.

    Example:
        >>> discounts(12, 0.1)[-1].round(4).item()
        0.9091
    """
    if not (np.isfinite(discount_rate) and discount_rate >= 0):
        raise InvalidInput(f"The discount_rate parameter must be >= 0 (a year). Got {discount_rate!r} instead.")
    return np.asarray((1 + discount_rate) ** (-np.arange(1, months + 1) / 12))
