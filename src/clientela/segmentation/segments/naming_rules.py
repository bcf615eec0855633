"""Naming rules: conditions on a segment and on its customers, with the texts that state them."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clientela.contracts import LANGUAGES
from clientela.features.profile import Profile
from clientela.reporting.words import Words
from clientela.segmentation.segments.claims import (
    Claim,
    ShopFigures,
    absolute_claims,
    figures_of,
    share_holding,
    shop_figures,
    with_ranks,
)
from clientela.settings import NamingSettings
from clientela.settings.claims import RANK, feature_of
from clientela.settings.naming import Namesakes, SegmentRule
from clientela.settings.personas import PersonaSettings

# Quantities that rules use, in [0, 1]: the share of all customers with a lower value than the segment's median
# customer. Recency is reversed: few days give a high value. A rule may also use the rank of any feature by its name.
ROUNDING = 1e-9  # 0.55 - 0.1 is a little more than 0.45
ALIASES = {"frequency": "order_count", "spend": "total_spend"}


@dataclass(frozen=True)
class Portrait:
    """A segment as naming rules see it.

    Attributes:
        profile: its profile.
        customers: figures of its customers: features and the ranks that claims use, one row per customer.
    """

    profile: Profile
    customers: pd.DataFrame


@dataclass(frozen=True)
class Name:
    """A segment's texts, each a mapping of language ("en", "pt-BR") to text.

    Attributes:
        rule: id of the naming rule.
        name: name.
        description: what is said of the customers.
        action: what to do.
        claims: conditions that the description states of the customers.
        holds: share of the customers who meet all claims, in [0, 1]; None if the description states none.
        traits: features whose comparison with another segment is part of the name.
        new_customers: number of the customers whose first order is recent.
        advice: the action without the sentence about new customers; None if it has none.
    """

    rule: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    action: Mapping[str, str]
    claims: tuple[Claim, ...] = ()
    holds: float | None = None
    traits: tuple[str, ...] = ()
    new_customers: int = 0
    advice: Mapping[str, str] | None = None


@dataclass(frozen=True)
class FitLimits:
    """When a rule fits a segment.

    Attributes:
        least_share: smallest share of the customers who must meet all claims, in (0.5, 1].
        unless_share: share of the customers from which on they must not meet the conditions of `unless`, in (0.5, 1].
        slack: what the quantities of the profile may be outside of their bounds, in [0, 1].
    """

    least_share: float
    unless_share: float
    slack: float = 0.0


@dataclass(frozen=True)
class NamingRule:
    """A name for segments that meet its conditions.

    Attributes:
        id: id of the rule.
        texts: the texts, with places in braces.
        when: bounds on quantities of the profile, both ends included.
        claims: conditions that the texts state of the customers.
        unless: conditions that not too many of the customers may meet.
        share_of: conditions of which the texts give the share of customers who meet them.
        places: language -> place -> text, of the places that do not depend on the segment.
    """

    id: str
    texts: Name
    when: Mapping[str, tuple[float, float]]
    claims: tuple[Claim, ...] = ()
    unless: tuple[Claim, ...] = ()
    share_of: tuple[Claim, ...] = ()
    places: Mapping[str, Mapping[str, str]] | None = None

    def fits(self, portrait: Portrait, limits: FitLimits) -> bool:
        """Whether the segment meets the conditions; False if the source cannot fill a quantity of the rule.

        Args:
            portrait: the segment.
            limits: shares of the customers, and the slack of the quantities.

        Returns:
            Whether the rule fits.
        """
        known = quantities(portrait.profile)
        slack = limits.slack + ROUNDING
        in_bounds = all(
            name in known and low - slack <= known[name] <= high + slack for name, (low, high) in self.when.items()
        )
        return (
            in_bounds
            and share_holding(self.claims, portrait.customers) >= limits.least_share
            and not (self.unless and share_holding(self.unless, portrait.customers) >= limits.unless_share)
        )


@dataclass(frozen=True)
class NamingBook:
    """The rules of a shop, and how names are given by them.

    Attributes:
        rules: naming rules, best first; the last one fits every segment.
        first: limits for a segment that takes a name.
        kept: limits for a segment that keeps one.
        namesakes: how segments of the same rule are distinguished.
        gap_days: typical gap between two orders of a customer (days).
        words: language -> formats of the figures in texts.
    """

    rules: Sequence[NamingRule]
    first: FitLimits
    kept: FitLimits
    namesakes: Namesakes
    gap_days: int
    words: Mapping[str, Words]


def quantities(profile: Profile) -> dict[str, float]:
    """The named quantities of a profile, each in [0, 1]; those that the source cannot fill are left out."""
    named = {alias: profile.ranks[feature] for alias, feature in ALIASES.items() if feature in profile.ranks}
    if "days_since_last_purchase" in profile.ranks:
        # Rounded, so that 1 - 0.9 is within a lower bound of 0.1.
        named["recency"] = round(1 - profile.ranks["days_since_last_purchase"], 12)
    return {**profile.ranks, **named}


def make_portraits(
    features: pd.DataFrame, segment_ids: np.ndarray, profiles: Iterable[Profile], book: NamingBook
) -> list[Portrait]:
    """The segments as naming rules see them.

    Args:
        features: CustomerFeatures contract, one row per customer.
        segment_ids: segment id of each row (customers,).
        profiles: profiles of the segments.
        book: naming rules, which say what figures they need.

    Returns:
        One portrait per profile, in their order.
    """
    claims = itertools.chain.from_iterable((rule.claims, rule.unless, rule.share_of) for rule in book.rules)
    figures = with_ranks(features, figures_of(claims))
    return [Portrait(profile, figures[segment_ids == profile.id]) for profile in profiles]


def make_book(
    settings: NamingSettings,
    features: pd.DataFrame,
    *,
    currency: str,
    personas: Sequence[PersonaSettings] = (),
    labels: Mapping[str, Mapping[str, str]] | None = None,
) -> NamingBook:
    """The naming rules of a shop, with bounds in days, orders and money.

    Args:
        settings: conf/segment_names.yaml.
        features: CustomerFeatures contract, from which the typical gap and the medians are computed.
        currency: currency code of the data set, may be empty.
        personas: names of the data set, which come before the rules of the settings.
        labels: labels of the data set's own features by language, for figures in the texts.

    Returns:
        The rules; those on features that the shop does not know are left out.
    """
    shop = shop_figures(features, settings.typical_gap)
    words = {language: Words(language, currency=currency, labels=labels) for language in LANGUAGES}
    named = [SegmentRule.model_construct(**dict(persona)) for persona in personas]
    rules = [_rule(rule, shop, words) for rule in (*named, *settings.rules)]
    return NamingBook(
        rules=[rule for rule in rules if rule is not None],
        first=FitLimits(settings.first_share, settings.first_share),
        kept=FitLimits(settings.least_share, settings.kept_unless, settings.kept_slack),
        namesakes=settings.namesakes,
        gap_days=shop.gap_days,
        words=words,
    )


def _rule(rule: SegmentRule, shop: ShopFigures, words: Mapping[str, Words]) -> NamingRule | None:
    claims, unless, share_of = (absolute_claims(some, shop) for some in (rule.claims, rule.unless, rule.share_of))
    if claims is None or unless is None or share_of is None:
        return None
    medians = {f"median_{name}": name for name in map(feature_of, rule.claims) if name in shop.medians}
    places = {
        language: {
            "gap": its.number(shop.gap_days),
            **{claim.figure.removeprefix(RANK): _written(claim, its) for claim in (*claims, *share_of)},
            **{place: its.value(name, shop.medians[name]) for place, name in medians.items()},
        }
        for language, its in words.items()
    }
    texts = Name(rule.id, rule.name, rule.description, rule.action)
    return NamingRule(rule.id, texts, rule.when, claims, unless, share_of, places)


def _written(claim: Claim, words: Words) -> str:
    if claim.figure.startswith(RANK):
        return words.percent(claim.bound, 0)
    return words.value(claim.figure, claim.bound)
