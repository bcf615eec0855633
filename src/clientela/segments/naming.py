"""Names that follow from a segment's profile, never from cluster integers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clientela.segments.profile import Profile

LANGUAGES = ("en", "pt-BR")

# Quantities that rules speak of, in [0, 1]: the share of all customers that the segment's median customer is better
# than. Recency turns: few days are good. Any feature's name may stand in a rule too, with its plain rank.
ALIASES = {"frequency": "order_count", "spend": "total_spend"}

# Words for a name that is composed where no rule fits: (low, high) of the feature that stands out most.
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


@dataclass(frozen=True)
class Name:
    """A segment's texts, each a mapping of language ("en", "pt-BR") to text; `rule` is the id of the rule."""

    rule: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    action: Mapping[str, str]


@dataclass(frozen=True)
class NamingRule:
    """A name for profiles whose quantities all lie in the bounds of `when` (both ends included)."""

    id: str
    when: Mapping[str, tuple[float, float]]
    texts: Name

    def fits(self, profile: Profile) -> bool:
        """Whether the profile keeps all bounds; a quantity that the source cannot fill never does."""
        known = quantities(profile)
        return all(name in known and low <= known[name] <= high for name, (low, high) in self.when.items())


def quantities(profile: Profile) -> dict[str, float]:
    """The named quantities of a profile, each in [0, 1]."""
    named = {alias: profile.ranks[feature] for alias, feature in ALIASES.items()}
    return {**profile.ranks, **named, "recency": 1 - profile.ranks["days_since_last_purchase"]}


def name_segments(profiles: Sequence[Profile], rules: Sequence[NamingRule]) -> list[Name]:
    """One name a profile, unique in each language.

    Profiles choose in order of value; each takes the first rule that fits and is not taken, or a name composed of what
    stands out most.
    """
    names: list[Name] = []
    for profile in profiles:
        taken = {name.rule for name in names}
        rule = next((rule for rule in rules if rule.id not in taken and rule.fits(profile)), None)
        names.append(rule.texts if rule else _composed(profile, names))
    return names


def _composed(profile: Profile, taken: Sequence[Name]) -> Name:
    traits = [name for name in TRAITS if name in profile.ranks]
    traits.sort(key=lambda name: -abs(profile.ranks[name] - 0.5))
    used = [name.name for name in taken]
    for count in range(2, len(traits) + 1):
        name = {
            language: ", ".join(_word(profile, trait, language) for trait in traits[:count]) for language in LANGUAGES
        }
        if all(name[language] != other[language] for other in used for language in LANGUAGES):
            return Name("composed", name, *_composed_texts(name))
    # Two segments alike in all traits: their place by value is what is left to tell them apart.
    name = {language: f"{name[language]} ({profile.id})" for language in LANGUAGES}
    return Name("composed", name, *_composed_texts(name))


def _word(profile: Profile, trait: str, language: str) -> str:
    low, high = TRAITS[trait][language]
    return high if profile.ranks[trait] > 0.5 else low


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
