"""Names of segments, computed from their profiles and never from cluster numbers."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clientela.contracts import LANGUAGES, RFM, SHARE_FEATURES
from clientela.features.profile import Profile

# Quantities that rules use, in [0, 1]: the share of all customers with a lower value than the segment's median
# customer. Recency is reversed: few days give a high value. A rule may also use the rank of any feature by its name,
# and the median of features that are shares, because a share can rank high and still be small.
ALIASES = {"frequency": "order_count", "spend": "total_spend"}

# Words of a name that is composed because no rule fits: (low, high) for each feature.
TRAITS = {
    "days_since_last_purchase": {"en": ("Recent", "Dormant"), "pt-BR": ("Recentes", "Inativos")},
    "order_count": {"en": ("Rare orders", "Frequent orders"), "pt-BR": ("Poucos pedidos", "Muitos pedidos")},
    "total_spend": {"en": ("Low spend", "High spend"), "pt-BR": ("Gasto baixo", "Gasto alto")},
    "tenure_days": {"en": ("New to the shop", "Long with the shop"), "pt-BR": ("Novos na loja", "Antigos na loja")},
    "mean_order_value": {"en": ("Small orders", "Large orders"), "pt-BR": ("Pedidos pequenos", "Pedidos grandes")},
    "mean_item_price": {"en": ("Low prices", "High prices"), "pt-BR": ("Preços baixos", "Preços altos")},
    "items_per_order": {"en": ("Few items", "Many items"), "pt-BR": ("Poucos itens", "Muitos itens")},
    "return_share": {"en": ("Few returns", "Many returns"), "pt-BR": ("Poucas devoluções", "Muitas devoluções")},
    "weekend_share": {"en": ("Weekdays", "Weekends"), "pt-BR": ("Dias úteis", "Fins de semana")},
    "evening_share": {"en": ("Daytime", "Evenings"), "pt-BR": ("De dia", "À noite")},
}

# Words that distinguish a segment from another with the same rule: (lower, higher) than the other's value.
COMPARISONS = {
    "days_since_last_purchase": {
        "en": ("more recent", "longer away"),
        "pt-BR": ("compra mais recente", "compra menos recente"),
    },
    "order_count": {"en": ("fewer orders", "more orders"), "pt-BR": ("menos pedidos", "mais pedidos")},
    "total_spend": {"en": ("lower spend", "higher spend"), "pt-BR": ("gasto menor", "gasto maior")},
    "tenure_days": {"en": ("newer", "longer with the shop"), "pt-BR": ("mais novos", "mais antigos na loja")},
    "mean_order_value": {"en": ("smaller orders", "larger orders"), "pt-BR": ("pedidos menores", "pedidos maiores")},
    "mean_item_price": {"en": ("lower prices", "higher prices"), "pt-BR": ("preços menores", "preços maiores")},
    "items_per_order": {"en": ("fewer items", "more items"), "pt-BR": ("menos itens", "mais itens")},
    "return_share": {"en": ("fewer returns", "more returns"), "pt-BR": ("menos devoluções", "mais devoluções")},
    "weekend_share": {"en": ("more on weekdays", "more at weekends"), "pt-BR": ("dias úteis", "fins de semana")},
    "evening_share": {"en": ("more by day", "more in the evening"), "pt-BR": ("mais de dia", "mais à noite")},
}


@dataclass(frozen=True)
class Name:
    """A segment's texts, each a mapping of language ("en", "pt-BR") to text; `rule` is the id of the naming rule."""

    rule: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    action: Mapping[str, str]


@dataclass(frozen=True)
class NamingRule:
    """A name for profiles whose quantities are all within the bounds of `when` (both ends included)."""

    id: str
    when: Mapping[str, tuple[float, float]]
    texts: Name

    def fits(self, profile: Profile) -> bool:
        """Whether the profile is within all bounds; False if the source cannot fill a quantity of the rule."""
        known = quantities(profile)
        return all(name in known and low <= known[name] <= high for name, (low, high) in self.when.items())


def quantities(profile: Profile) -> dict[str, float]:
    """The named quantities of a profile, each in [0, 1]."""
    named = {alias: profile.ranks[feature] for alias, feature in ALIASES.items()}
    shares = {f"median_{name}": profile.medians[name] for name in SHARE_FEATURES if name in profile.medians}
    # Rounded, so that 1 - 0.9 is within a lower bound of 0.1.
    recency = round(1 - profile.ranks["days_since_last_purchase"], 12)
    return {**profile.ranks, **named, **shares, "recency": recency}


def name_segments(
    profiles: Sequence[Profile], rules: Sequence[NamingRule], *, kept: Mapping[int, Name] | None = None
) -> list[Name]:
    """Name segments, each name unique in each language.

    Each profile takes the first rule that fits. Rules are ordered from best to worst and bound recency, frequency and
    spend from below only, so a better customer never gets a worse name. If several profiles fit the same rule, the
    best keeps the plain name, and the others add words that distinguish them. If no rule fits, the name is composed of
    the features that differ most from the median customer.

    Args:
        profiles: profiles of one segmentation.
        rules: naming rules, best first.
        kept: segment id -> name of a segment that keeps its name.

    Returns:
        One name per profile, in the order of the profiles.

    Example:
        >>> ranks = {"days_since_last_purchase": 0.1, "order_count": 0.9, "total_spend": 0.95}
        >>> best = Profile(1, 1, 10, 0.1, 900.0, 0.5, 90.0, ranks, {}, ranks, {})
        >>> texts = Name("champions", {"en": "Champions", "pt-BR": "Campeões"}, {}, {})
        >>> rule = NamingRule("champions", {"recency": (0.8, 1.0), "frequency": (0.8, 1.0)}, texts)
        >>> [name.name["en"] for name in name_segments([best], [rule])]
        ['Champions']
    """
    kept = kept or {}
    names = {profile.id: kept[profile.id] for profile in profiles if profile.id in kept}
    taken = [(profile, names[profile.id]) for profile in profiles if profile.id in names]
    for profile in sorted(profiles, key=_standing):
        if profile.id not in names:
            rule = next((rule for rule in rules if rule.fits(profile)), None)
            name = _distinguished(profile, rule.texts, taken) if rule else _composed(profile, taken)
            names[profile.id] = name
            taken.append((profile, name))
    return [names[profile.id] for profile in profiles]


def _standing(profile: Profile) -> tuple[float, int]:
    # A profile that is at least as good in all three quantities is named first.
    known = quantities(profile)
    return -(known["recency"] + known["frequency"] + known["spend"]), profile.rank


def _distinguished(profile: Profile, name: Name, taken: Sequence[tuple[Profile, Name]]) -> Name:
    # The profile with the plain name; if there is none, one with the plain name and added words.
    holders = [other for other, its in taken if not _is_free(name.name, [(other, its)])]
    namesake = next(iter(holders), None) or next((other for other, its in taken if its.rule == name.rule), None)
    if namesake is None:
        return name
    own, others = profile.ranks, namesake.ranks
    # Recency, frequency and spend count twice, because names describe them. Equal traits do not distinguish.
    traits = sorted(
        (trait for trait in _traits(profile) if trait in others and own[trait] != others[trait]),
        key=lambda trait: -abs(own[trait] - others[trait]) * (2 if trait in RFM else 1),
    )
    words = [COMPARISONS[trait] for trait in traits]
    sides = [own[trait] > others[trait] for trait in traits]
    for count in range(1, len(traits) + 1):
        text = {language: f"{name.name[language]}: {_joined(words[:count], sides, language)}" for language in LANGUAGES}
        if _is_free(text, taken):
            return replace(name, name=text)
    return replace(name, name=_numbered(name.name, profile, taken))


def _composed(profile: Profile, taken: Sequence[tuple[Profile, Name]]) -> Name:
    traits = sorted(_traits(profile), key=lambda trait: -abs(profile.ranks[trait] - 0.5))
    words = [TRAITS[trait] for trait in traits]
    sides = [profile.ranks[trait] > 0.5 for trait in traits]
    for count in range(2, len(traits) + 1):
        text = {language: _joined(words[:count], sides, language) for language in LANGUAGES}
        if _is_free(text, taken):
            break
    else:
        text = _numbered(text, profile, taken)
    return Name("composed", text, *_composed_texts(text))


def _traits(profile: Profile) -> list[str]:
    return [trait for trait in TRAITS if trait in profile.ranks]


def _joined(words: Sequence[Mapping[str, tuple[str, str]]], sides: Sequence[bool], language: str) -> str:
    return ", ".join(word[language][side] for word, side in zip(words, sides, strict=False))


def _numbered(name: Mapping[str, str], profile: Profile, taken: Sequence[tuple[Profile, Name]]) -> dict[str, str]:
    # Two segments with equal traits get their rank as a number, or the next number that is free.
    for number in itertools.count(profile.rank):
        numbered = {language: f"{text} ({number})" for language, text in name.items()}
        if _is_free(numbered, taken):
            break
    return numbered


def _is_free(name: Mapping[str, str], taken: Sequence[tuple[Profile, Name]]) -> bool:
    return all(name[language] != its.name[language] for _, its in taken for language in LANGUAGES)


def _composed_texts(name: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    return (
        {
            "en": f"Customers who stand out by: {name['en'].lower()}.",
            "pt-BR": f"Clientes que se destacam por: {name['pt-BR'].lower()}.",
        },
        {
            "en": "Look at the profile before addressing them; no rule names this combination.",
            "pt-BR": "Veja o perfil antes de uma ação; nenhuma regra nomeia esta combinação.",
        },
    )
