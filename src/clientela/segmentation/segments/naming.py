"""Names of segments: claims about their customers, computed from figures and never from cluster numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import floor

from clientela.contracts import LANGUAGES
from clientela.segmentation.segments.claims import share_holding
from clientela.segmentation.segments.namesakes import distinguish
from clientela.segmentation.segments.naming_rules import Name, NamingBook, NamingRule, Portrait, quantities


def name_segments(
    portraits: Sequence[Portrait], book: NamingBook, *, kept: Mapping[int, Name] | None = None
) -> list[Name]:
    """Name segments, with texts that are unique in each language.

    Each segment takes the first rule that fits. Rules are ordered from best to worst, and none of them shuts out a
    segment whose customers are better in recency, frequency and spend, unless an earlier rule has taken it; so a better
    segment never gets a worse name. If several segments take the same rule, the best one has the plain name, and the
    others add what distinguishes them. A segment that continues another one keeps its rule as long as it fits.

    Args:
        portraits: all segments.
        book: naming rules.
        kept: segment id -> name before, of the segments that continue one of another version.

    Returns:
        One name per segment, in the order of `portraits`.
    """
    names: dict[int, Name] = {}
    taken: list[tuple[Portrait, Name]] = []
    for portrait, rule, before in _in_order(portraits, book, kept or {}):
        name = distinguish(portrait, _filled(rule, portrait, book), taken, book, prefer=before.traits if before else ())
        names[portrait.profile.id] = name
        taken.append((portrait, name))
    return [names[portrait.profile.id] for portrait in portraits]


def _in_order(
    portraits: Sequence[Portrait], book: NamingBook, kept: Mapping[int, Name]
) -> list[tuple[Portrait, NamingRule, Name | None]]:
    """The segments with their rules: first those that keep plain names, then others that keep one, then the rest."""
    found = []
    for portrait in sorted(portraits, key=_standing):
        before = kept.get(portrait.profile.id)
        rule = _kept_rule(portrait, before, book)
        stage = 2 if rule is None or before is None else 1 if before.traits or _has_suffix(before, rule) else 0
        found.append((stage, portrait, rule or _first_rule(portrait, book), before if rule else None))
    return [(portrait, rule, before) for _, portrait, rule, before in sorted(found, key=lambda item: item[0])]


def _has_suffix(before: Name, rule: NamingRule) -> bool:
    return before.name != rule.texts.name


def _kept_rule(portrait: Portrait, before: Name | None, book: NamingBook) -> NamingRule | None:
    """The rule of the name before, if it still fits."""
    rule = next((rule for rule in book.rules if before and rule.id == before.rule), None)
    if rule and rule.fits(portrait, book.kept):
        return rule
    return None


def _first_rule(portrait: Portrait, book: NamingBook) -> NamingRule:
    return next(rule for rule in book.rules if rule.fits(portrait, book.first))


def _standing(portrait: Portrait) -> tuple[float, int]:
    # A segment that is at least as good in all three quantities is named first.
    known = quantities(portrait.profile)
    return -sum(known.get(name, 0.0) for name in ("recency", "frequency", "spend")), portrait.profile.rank


def _filled(rule: NamingRule, portrait: Portrait, book: NamingBook) -> Name:
    """The rule's texts with the figures of the segment."""
    spend = portrait.profile.ranks.get("total_spend")
    share = share_holding(rule.share_of, portrait.customers)

    def filled(texts: Mapping[str, str]) -> dict[str, str]:
        written = {}
        for language in LANGUAGES:
            words = book.words[language]
            places = {
                "share": words.percent(share, 0),
                # Rounded down: the text says "more than".
                "spend": words.percent(floor(100 * spend) / 100 if spend is not None else None, 0),
                **((rule.places or {}).get(language, {})),
            }
            written[language] = texts[language].format(**places)
        return written

    return replace(
        rule.texts,
        name=filled(rule.texts.name),
        description=filled(rule.texts.description),
        action=filled(rule.texts.action),
        claims=rule.claims,
        holds=share_holding(rule.claims, portrait.customers) if rule.claims else None,
    )
