"""Segments of the same naming rule: their names, descriptions and actions add what distinguishes them."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from clientela.contracts import LANGUAGES, RFM, SHARE_FEATURES
from clientela.features.effects import cliffs_delta
from clientela.segmentation.segments.naming_rules import ROUNDING, Name, NamingBook, Portrait
from clientela.settings.naming import DAYS

# A difference of two segments is stated if their medians differ by a tenth (shares: by five points; orders: by at least
# one; days: by at least half a typical gap) and the customers of one are noticeably higher: Cliff's delta is at least
# 0.15, "small" by Romano et al. (2006).
LEAST_RATIO, LEAST_POINTS, LEAST_ORDERS, LEAST_GAPS, LEAST_DELTA = 0.1, 0.05, 1.0, 0.5, 0.15

Side = Literal["lower", "higher"]
Taken = Sequence[tuple[Portrait, Name]]


def distinguish(portrait: Portrait, name: Name, taken: Taken, book: NamingBook, *, prefer: Sequence[str] = ()) -> Name:
    """The name, with what distinguishes the segment from others of the same rule.

    Args:
        portrait: the segment.
        name: its plain name.
        taken: segments that have names already.
        book: naming rules.
        prefer: features that distinguished the segment before; they are stated again if that is still true.

    Returns:
        The plain name if it is free; otherwise one with the fewest features that make it unique, or with a number.
    """
    namesake = next((held for held in taken if held[1].rule == name.rule), None)
    if namesake is None:
        return name
    sides = _differences(portrait, namesake[0], book)
    first = [trait for trait in prefer if trait in sides]
    others = [trait for trait in sides if trait not in first]
    for count in range(max(len(first), 1), len(sides) + 1):
        chosen = {trait: sides[trait] for trait in [*first, *others][:count]}
        compared = _compared(portrait, name, namesake, chosen, book)
        if _is_free(compared, taken):
            return compared
    return _numbered(portrait, name, namesake, taken, book)


def _differences(portrait: Portrait, other: Portrait, book: NamingBook) -> dict[str, Side]:
    """Feature -> side of the segment, the largest difference first."""
    own, others = portrait.profile.ranks, other.profile.ranks
    # Recency, frequency and spend count twice, because names describe them.
    traits = sorted(
        (trait for trait in book.namesakes.features if trait in own and trait in others),
        key=lambda trait: -abs(own[trait] - others[trait]) * (2 if trait in RFM else 1),
    )
    sides = {trait: _side(trait, portrait, other, book.gap_days) for trait in traits}
    return {trait: side for trait, side in sides.items() if side is not None}


def _side(trait: str, portrait: Portrait, other: Portrait, gap_days: int) -> Side | None:
    """On which side of the other segment this one is; None if the two do not differ enough to say so."""
    own, others = portrait.profile.medians[trait], other.profile.medians[trait]
    values = [segment.customers[trait].to_numpy(dtype=float) for segment in (portrait, other)]
    delta = cliffs_delta(np.concatenate(values), np.arange(sum(map(len, values))) < len(values[0]))
    is_large = abs(own - others) >= _least_difference(trait, own, others, gap_days) - ROUNDING
    if own == others or not is_large or not abs(delta) >= LEAST_DELTA or (delta > 0) != (own > others):
        return None
    return "higher" if own > others else "lower"


def _least_difference(trait: str, own: float, others: float, gap_days: int) -> float:
    """The smallest difference of two medians that is stated, in the unit of the feature."""
    if trait in SHARE_FEATURES:
        return LEAST_POINTS
    least = LEAST_RATIO * max(abs(own), abs(others))
    if trait in DAYS:
        return max(least, LEAST_GAPS * gap_days)
    return max(least, LEAST_ORDERS) if trait == "order_count" else least


def _compared(
    portrait: Portrait, name: Name, namesake: tuple[Portrait, Name], sides: Mapping[str, Side], book: NamingBook
) -> Name:
    other, its = namesake
    said = {trait: book.namesakes.features[trait][side] for trait, side in sides.items()}
    names, descriptions, actions = {}, {}, {}
    for language in LANGUAGES:
        words = book.words[language]
        figures = [
            book.namesakes.figure[language].format(
                label=words.label(trait),
                own=words.value(trait, portrait.profile.medians[trait]),
                value=words.value(trait, other.profile.medians[trait]),
                other=its.name[language],
            )
            for trait in sides
        ]
        to_do = [side.action[language].format(other=its.name[language]) for side in said.values()]
        suffix = ", ".join(side.name[language] for side in said.values())
        names[language] = f"{name.name[language]}: {suffix}"
        descriptions[language] = " ".join([name.description[language], *figures])
        actions[language] = " ".join([name.action[language], *to_do])
    return replace(name, name=names, description=descriptions, action=actions, traits=tuple(sides))


def _numbered(portrait: Portrait, name: Name, namesake: tuple[Portrait, Name], taken: Taken, book: NamingBook) -> Name:
    """Segments that no feature distinguishes get their rank as a number, or the next number that is free."""
    for number in itertools.count(portrait.profile.rank):
        names, descriptions, actions = {}, {}, {}
        for language in LANGUAGES:
            places = {"number": number, "other": namesake[1].name[language]}
            said, done = book.namesakes.equal_description[language], book.namesakes.equal_action[language]
            names[language] = f"{name.name[language]} ({number})"
            descriptions[language] = f"{name.description[language]} {said.format(**places)}"
            actions[language] = f"{name.action[language]} {done.format(**places)}"
        numbered = replace(name, name=names, description=descriptions, action=actions)
        if _is_free(numbered, taken):
            break
    return numbered


def _is_free(name: Name, taken: Taken) -> bool:
    return all(name.name[language] != its.name[language] for _, its in taken for language in LANGUAGES)
