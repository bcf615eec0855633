"""Names of segments from attributes, for customers whose recency, frequency or spend is not known.

A name is made of claims that hold for most members: "High income, low score".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor, log10
from typing import Literal

import numpy as np
import pandas as pd

from clientela.contracts import LANGUAGES
from clientela.features.effects import cliffs_deltas
from clientela.features.extra import IS
from clientela.reporting.words import Words
from clientela.segmentation.segments.claims import Claim, share_holding
from clientela.segmentation.segments.naming_rules import Name

BY_ATTRIBUTES = "attributes"  # id of the rule of these names
DIGITS = 3  # significant digits of a bound
MEDIUM_STRENGTH = 0.25  # of "medium", beside Cliff's deltas of "low" and "high"
SMALLEST_LIFT = 1.15  # of a category among the members: a value that most customers have distinguishes nobody
SHORTEST, LONGEST = 2, 4  # claims in a name
LEVELS = ("low", "medium", "high")
Level = Literal["low", "medium", "high", "value"]
LevelWords = Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(frozen=True)
class Statement:
    """A claim about most members of a segment, with the figures that are given with it.

    Attributes:
        claim: the claim; of an indicator column, that it is 1.
        level: "low", "medium" or "high"; "value" for the value of a category.
        strength: how much it distinguishes the members, in [0, 1].
        inside: median of the members; for a category their share with the value.
        overall: the same of all customers.
    """

    claim: Claim
    level: Level
    strength: float
    inside: float
    overall: float

    @property
    def column(self) -> str:
        """The column of the features."""
        return self.claim.figure


@dataclass(frozen=True)
class _Naming:
    """What all names of a segmentation have in common."""

    columns: Sequence[str]
    words: Mapping[str, Words]
    levels: LevelWords
    least_share: float


def name_by_attributes(
    features: pd.DataFrame,
    segment_ids: np.ndarray,
    *,
    columns: Sequence[str],
    labels: Mapping[str, Mapping[str, str]],
    levels: LevelWords | None = None,
    least_share: float = 0.7,
    kept: Mapping[int, Name] | None = None,
) -> dict[int, Name]:
    """Name segments by the columns that distinguish their members, each name unique in each language.

    Args:
        features: customer features and attributes, one row per customer.
        segment_ids: segment id of each customer (customers,).
        columns: columns that names may use: those of the fit.
        labels: attribute -> label by language.
        levels: attribute -> language -> words for low, medium and high; those without are made of the label.
        least_share: smallest share of the members for whom all claims of a name must hold, in (0.5, 1].
        kept: segment id -> name before, of the segments that continue one of another version; a name stays while its
            claims hold.

    Returns:
        Segment id -> name.

    Example:
        >>> frame, ids = pd.DataFrame({"income": [1.0, 2.0, 8.0, 9.0]}), np.array([1, 1, 2, 2])
        >>> labels = {"income": {"en": "income", "pt-BR": "renda"}}
        >>> names = name_by_attributes(frame, ids, columns=["income"], labels=labels)
        >>> names[2].name
        {'en': 'High income', 'pt-BR': 'Renda em nível alto'}
        >>> names[2].claims
        (Claim(figure='income', low=8.0, high=None),)
    """
    words = {language: Words(language, labels=labels) for language in LANGUAGES}
    naming = _Naming(columns, words, levels or {}, least_share)
    segments = sorted(int(id_) for id_ in np.unique(segment_ids))
    names: dict[int, Name] = {}
    for id_ in segments:
        before = (kept or {}).get(id_)
        members = segment_ids == id_
        if before and _still_holds(before, features[members], least_share):
            statements = [_restated(claim, features, members) for claim in before.claims]
            names[id_] = replace(_name(statements, features[members], naming), name=before.name)
    for id_ in (id_ for id_ in segments if id_ not in names):
        members = segment_ids == id_
        names[id_] = _first_free(_statements(features, members, naming), features[members], naming, names, id_)
    return names


def _still_holds(before: Name, members: pd.DataFrame, least_share: float) -> bool:
    known = before.rule == BY_ATTRIBUTES and all(claim.figure in members for claim in before.claims)
    return known and bool(before.claims) and share_holding(before.claims, members) >= least_share


def _first_free(
    statements: Sequence[Statement], members: pd.DataFrame, naming: _Naming, taken: Mapping[int, Name], id_: int
) -> Name:
    """The shortest name that no other segment has; the last resort is the segment's number."""
    for count in range(min(SHORTEST, len(statements)), len(statements) + 1):
        name = _name(statements[:count], members, naming)
        if all(name.name[language] != other.name[language] for other in taken.values() for language in LANGUAGES):
            return name
    return replace(name, name={language: f"{text} ({id_})" for language, text in name.name.items()})


def _statements(features: pd.DataFrame, members: np.ndarray, naming: _Naming) -> list[Statement]:
    """What can be said of most members, the most distinguishing first; all of it holds for `least_share` of them."""
    found = [_of_value(name, features, members) if IS in name else None for name in naming.columns]
    found += [_of_number(name, features, members, naming.least_share) for name in naming.columns if IS not in name]
    chosen: list[Statement] = []
    for statement in sorted((one for one in found if one is not None), key=lambda one: -one.strength):
        claims = [*(one.claim for one in chosen), statement.claim]
        if len(chosen) < LONGEST and share_holding(claims, features[members]) >= naming.least_share:
            chosen.append(statement)
    return chosen


def _of_value(column: str, features: pd.DataFrame, members: np.ndarray) -> Statement | None:
    statement = _restated(Claim(column, 1.0, None), features, members)
    return statement if statement.inside >= SMALLEST_LIFT * statement.overall else None


def _of_number(column: str, features: pd.DataFrame, members: np.ndarray, least_share: float) -> Statement | None:
    """The first claim that holds for enough members: above or below the median of all customers, or in the middle."""
    values = features[column].to_numpy(dtype=float)
    effect = cliffs_deltas(values, members.astype(int)).get(1, np.nan)
    known = values[~np.isnan(values)]
    if not np.isfinite(effect) or known.min() == known.max():
        return None
    low, middle, high = np.quantile(known, [0.25, 0.5, 0.75])
    candidates = [Claim(column, _readable(low), _readable(high))]
    if effect > 0 and (known > middle).any():
        candidates.insert(0, Claim(column, _readable(known[known > middle].min()), None))
    if effect < 0 and (known < middle).any():
        candidates.insert(0, Claim(column, None, _readable(known[known < middle].max())))
    for claim in candidates:
        if share_holding([claim], features[members]) >= least_share:
            return replace(_restated(claim, features, members), strength=_strength(claim, effect))
    return None


def _strength(claim: Claim, effect: float) -> float:
    return MEDIUM_STRENGTH if _level(claim) == "medium" else abs(effect)


def _restated(claim: Claim, features: pd.DataFrame, members: np.ndarray) -> Statement:
    """A claim with the figures of today's members."""
    values = features[claim.figure].to_numpy(dtype=float)
    figure: Callable[..., float] = np.nanmean if IS in claim.figure else np.nanmedian
    inside, overall = float(figure(values[members])), float(figure(values))
    return Statement(claim, _level(claim), inside - overall if IS in claim.figure else 0.0, inside, overall)


def _level(claim: Claim) -> Level:
    if IS in claim.figure:
        return "value"
    return "low" if claim.low is None else "high" if claim.high is None else "medium"


def _readable(value: float) -> float:
    """A bound as texts write it: whole from 100 on, with one decimal below."""
    if not value:
        return 0.0
    return round(float(value), min(DIGITS - 1 - floor(log10(abs(value))), 1))


def _name(statements: Sequence[Statement], members: pd.DataFrame, naming: _Naming) -> Name:
    claims = tuple(statement.claim for statement in statements)
    # In the order of the columns, so that the names of all segments read alike.
    ordered = sorted(statements, key=lambda statement: naming.columns.index(statement.column))
    return Name(
        BY_ATTRIBUTES,
        {language: _title(ordered, words, naming.levels) for language, words in naming.words.items()},
        {language: _description(ordered, words) for language, words in naming.words.items()},
        {language: words.text("attribute_names.action") for language, words in naming.words.items()},
        claims=claims,
        holds=share_holding(claims, members) if claims else None,
    )


def _title(statements: Sequence[Statement], words: Words, levels: LevelWords) -> str:
    if not statements:
        return words.text("attribute_names.mixed")
    text = ", ".join(_level_words(statement, words, levels) for statement in statements)
    return text[:1].upper() + text[1:]


def _level_words(statement: Statement, words: Words, levels: LevelWords) -> str:
    label = words.label(statement.column)
    if statement.level == "value":
        return label
    own = levels.get(statement.column, {}).get(words.language)
    if own:
        return own[LEVELS.index(statement.level)]
    return words.text(f"attribute_names.{statement.level}", label=label)


def _description(statements: Sequence[Statement], words: Words) -> str:
    """The claims with their bounds, and the figures of the members beside those of all customers."""
    if not statements:
        return words.text("attribute_names.none")
    text = "; ".join(_sentence(statement, words) for statement in statements)
    return f"{text[:1].upper()}{text[1:]}."


def _sentence(statement: Statement, words: Words) -> str:
    claim, column = statement.claim, statement.column
    if statement.level == "value":
        inside, overall = words.percent(statement.inside), words.percent(statement.overall)
    else:
        inside, overall = words.value(column, statement.inside), words.value(column, statement.overall)
    return words.text(
        f"attribute_names.{statement.level}_claim",
        label=words.label(column),
        low=words.value(column, claim.low),
        high=words.value(column, claim.high),
        inside=inside,
        overall=overall,
    )
