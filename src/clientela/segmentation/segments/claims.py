"""Claims about the customers of a segment: bounds on figures, and the share of customers who meet them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10

import numpy as np
import pandas as pd

from clientela.settings.claims import IN_GAPS, IN_MEDIANS, RANK, feature_of
from clientela.settings.naming import TypicalGap

DIGITS = 2  # significant digits of a bound that is a multiple of a median


@dataclass(frozen=True)
class Claim:
    """Bounds on one figure of a customer, both ends included; None for an open end.

    Attributes:
        figure: customer feature, or `rank_of_<feature>`: the share of all customers with a lower value.
        low: smallest value, in the unit of the figure.
        high: largest value.
    """

    figure: str
    low: float | None
    high: float | None

    @property
    def bound(self) -> float:
        """The end that is not open."""
        bound = self.high if self.low is None else self.low
        assert bound is not None
        return bound

    def holds(self, customers: pd.DataFrame) -> np.ndarray:
        """Whether each customer meets it (customers,); false where the figure is unknown."""
        values = customers[self.figure].to_numpy(dtype=float)
        met = ~np.isnan(values)
        if self.low is not None:
            met &= values >= self.low
        if self.high is not None:
            met &= values <= self.high
        return met


def share_holding(claims: Iterable[Claim], customers: pd.DataFrame) -> float:
    """The share of customers who meet all claims; 1 without claims.

    Args:
        claims: claims on columns of `customers`.
        customers: figures of at least one customer, one row per customer.

    Returns:
        The share, in [0, 1].

    Example:
        >>> customers = pd.DataFrame({"order_count": [1.0, 2.0, 3.0, 9.0]})
        >>> share_holding([Claim("order_count", 2, None)], customers)
        0.75
    """
    met = np.ones(len(customers), dtype=bool)
    for claim in claims:
        met &= claim.holds(customers)
    return float(met.mean())


def typical_gap(features: pd.DataFrame, settings: TypicalGap) -> int:
    """The shop's typical gap between two orders of a customer (days).

    It is the median, over the customers with more than one order, of their mean days between orders. Each customer
    counts once, so that frequent customers do not dominate. Customers whose mean is below a day are left out: their
    orders are parts of one purchase.

    Args:
        features: CustomerFeatures contract.
        settings: smallest gap, and the gap of a shop with too few customers who came back.

    Returns:
        Whole days, at least `settings.least_days`.
    """
    gaps = features["mean_days_between_orders"].to_numpy(dtype=float)
    gaps = gaps[gaps >= 1]
    if len(gaps) < settings.fewest_customers:
        return settings.otherwise_days
    return max(round(float(np.median(gaps))), settings.least_days)


@dataclass(frozen=True)
class ShopFigures:
    """What claims are relative to.

    Attributes:
        gap_days: typical gap between two orders of a customer (days).
        medians: median of each known feature over all customers (unit of the feature).
    """

    gap_days: int
    medians: Mapping[str, float]


def shop_figures(features: pd.DataFrame, settings: TypicalGap) -> ShopFigures:
    """The typical gap and the medians of a shop.

    Args:
        features: CustomerFeatures contract.
        settings: how the typical gap is computed.

    Returns:
        The figures; a feature that no customer has is left out.
    """
    values = features.drop(columns="customer_id").dropna(axis="columns", how="all")
    return ShopFigures(typical_gap(features, settings), {str(name): float(values[name].median()) for name in values})


def absolute_claims(
    claims: Mapping[str, tuple[float | None, float | None]], shop: ShopFigures
) -> tuple[Claim, ...] | None:
    """Claims with their bounds in the unit of the figure, rounded as texts write them.

    Args:
        claims: figure -> bounds. `<feature>_in_gaps` is in typical gaps, `<feature>_in_medians` in medians of all
            customers.
        shop: figures of the shop.

    Returns:
        The claims; None if the shop does not know one of the features, or the median of one in medians is not positive.

    Example:
        >>> shop = ShopFigures(gap_days=55, medians={"days_since_last_purchase": 51.0})
        >>> absolute_claims({"days_since_last_purchase_in_gaps": (None, 1.5)}, shop)
        (Claim(figure='days_since_last_purchase', low=None, high=82),)
    """
    if not all(_is_known(figure, shop) for figure in claims):
        return None
    found: dict[str, Claim] = {}
    for figure, bounds in claims.items():
        low, high = (None if bound is None else _absolute(figure, bound, shop) for bound in bounds)
        name = figure.removesuffix(IN_GAPS).removesuffix(IN_MEDIANS)
        claim = found.get(name, Claim(name, None, None))
        found[name] = Claim(name, _stricter(max, claim.low, low), _stricter(min, claim.high, high))
    return tuple(found.values())


def _stricter(choose: Callable[..., float], one: float | None, other: float | None) -> float | None:
    known = [bound for bound in (one, other) if bound is not None]
    return choose(known) if known else None


def with_ranks(features: pd.DataFrame, figures: Iterable[str]) -> pd.DataFrame:
    """The features, and the figures that are ranks: the share of all customers with a lower value.

    Args:
        features: CustomerFeatures contract.
        figures: figures that claims use.

    Returns:
        The features with one column more per rank; the rank of an unknown value is NaN.
    """
    ranked = sorted({figure for figure in figures if figure.startswith(RANK)})
    return features.assign(**{figure: _share_below(features[feature_of(figure)]) for figure in ranked})


def _share_below(column: pd.Series) -> np.ndarray:
    values = column.to_numpy(dtype=float)
    known = np.sort(values[~np.isnan(values)])
    shares = np.searchsorted(known, values, side="left") / max(len(known), 1)
    return np.where(np.isnan(values), np.nan, shares)


def _is_known(figure: str, shop: ShopFigures) -> bool:
    median = shop.medians.get(feature_of(figure))
    return median is not None and (median > 0 or not figure.endswith(IN_MEDIANS))


def _absolute(figure: str, bound: float, shop: ShopFigures) -> float:
    if figure.endswith(IN_GAPS):
        return round(bound * shop.gap_days)
    if figure.endswith(IN_MEDIANS):
        return _rounded(bound * shop.medians[feature_of(figure)])
    return bound


def _rounded(value: float) -> float:
    if not value:
        return 0.0
    return round(value, DIGITS - 1 - floor(log10(abs(value))))


def figures_of(claims: Iterable[Sequence[Claim]]) -> set[str]:
    """All figures that claims use."""
    return {claim.figure for some in claims for claim in some}
