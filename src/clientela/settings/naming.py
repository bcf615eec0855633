"""conf/segment_names.yaml: ordered rules with their texts and the claims that the texts make."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from clientela.contracts import LANGUAGES
from clientela.settings.base import Frozen, Share, Texts
from clientela.settings.claims import DAYS, IN_GAPS, IN_MEDIANS, Bounds, feature_of, places_of
from clientela.settings.dataset import FEATURES

# Of these, more is better; of days since the last purchase, fewer.
HIGHER_IS_BETTER = ("recency", "frequency", "spend", "order_count", "total_spend")
LOWER_IS_BETTER = ("days_since_last_purchase",)
QUANTITIES = {"recency", "frequency", "spend", *FEATURES}


def _are_figures(claims: dict[str, tuple[float | None, float | None]]) -> dict[str, tuple[float | None, float | None]]:
    for figure in claims:
        if feature_of(figure) not in FEATURES:
            raise ValueError(f"a claim must be on a customer feature; got {figure!r}")
        if figure.endswith(IN_GAPS) and feature_of(figure) not in DAYS:
            raise ValueError(f"only {' and '.join(DAYS)} can be given in gaps; got {figure!r}")
    return claims


Claims = Annotated[dict[str, Bounds], AfterValidator(_are_figures)]


class TypicalGap(Frozen):
    """How the shop's typical gap between two orders is computed (days)."""

    least_days: Annotated[int, Field(ge=1)]
    fewest_customers: Annotated[int, Field(ge=1)]
    otherwise_days: Annotated[int, Field(ge=1)]


class NewCustomers(Frozen):
    """Who is a new customer, and what to do with them; `one` and `other` are added to a segment's action."""

    days: Annotated[int, Field(ge=1)]
    one: Texts
    other: Texts
    customer: Texts


class Side(Frozen):
    """What is said of a segment whose figure is lower (or higher) than its namesake's."""

    name: Texts
    action: Texts


class Distinction(Frozen):
    """The words for one feature that distinguishes two segments of the same rule."""

    lower: Side
    higher: Side

    def __getitem__(self, side: Literal["lower", "higher"]) -> Side:
        return self.lower if side == "lower" else self.higher


class Namesakes(Frozen):
    """How segments of the same rule are distinguished."""

    figure: Texts
    equal_description: Texts
    equal_action: Texts
    features: dict[str, Distinction]

    @model_validator(mode="after")
    def _are_features(self) -> Self:
        if unknown := sorted(set(self.features) - set(FEATURES)):
            raise ValueError(f"namesakes are distinguished by customer features; got {unknown}")
        return self


class SegmentRule(Frozen):
    """One naming rule: bounds on ranks, claims about the customers, and the texts in each language."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    when: dict[str, tuple[Share, Share]] = Field(default_factory=dict)
    claims: Claims = Field(default_factory=dict)
    unless: Claims = Field(default_factory=dict)
    share_of: Claims = Field(default_factory=dict)
    name: Texts
    description: Texts
    action: Texts

    @model_validator(mode="after")
    def _can_fit(self) -> Self:
        if unknown := sorted(set(self.when) - QUANTITIES):
            raise ValueError(f"the rule {self.id} bounds {unknown}; the quantities are {sorted(QUANTITIES)}")
        if falling := {quantity: bounds for quantity, bounds in self.when.items() if bounds[0] > bounds[1]}:
            raise ValueError(f"the bounds of the rule {self.id} must be two rising numbers; got {falling}")
        return self

    @model_validator(mode="after")
    def _bounds_each_feature_from_one_side(self) -> Self:
        sides = {(feature_of(figure), bounds[0] is None) for figure, bounds in self.claims.items()}
        if len(sides) > len(self.claimed_features):
            raise ValueError(f"the rule {self.id} must bound each feature from one side; got {sorted(self.claims)}")
        return self

    @model_validator(mode="after")
    def _is_monotone(self) -> Self:
        for quantity, (low, high) in self.when.items():
            if (quantity in HIGHER_IS_BETTER and high < 1) or (quantity in LOWER_IS_BETTER and low > 0):
                raise ValueError(
                    f"the rule {self.id} must not shut out customers who are better in {quantity}, or a better "
                    f"customer could get a worse name: put the better names first instead; its bounds are {low}, {high}"
                )
        if better := [figure for figure, bounds in self.unless.items() if _is_kept_by_better(figure, bounds)]:
            raise ValueError(
                f"the rule {self.id} must not shut out customers who are better in {feature_of(better[0])}; its key "
                f"unless has {better[0]}: {list(self.unless[better[0]])}"
            )
        return self

    @model_validator(mode="after")
    def _texts_have_known_places(self) -> Self:
        known = {"gap", "spend", *self.claimed_features}
        known |= {f"median_{feature_of(figure)}" for figure in self.claims if figure.endswith(IN_MEDIANS)}
        known |= {"share", *map(feature_of, self.share_of)} if self.share_of else set()
        for text in (*self.name.values(), *self.description.values(), *self.action.values()):
            if unknown := sorted(places_of(text) - known):
                raise ValueError(f"the texts of the rule {self.id} have the places {unknown}; known: {sorted(known)}")
            if "spend" in places_of(text) and "spend" not in self.when:
                raise ValueError(f"the texts of the rule {self.id} name {{spend}}, so `when` must bound spend")
        return self

    @property
    def claimed_features(self) -> set[str]:
        """The features that the claims bound."""
        return set(map(feature_of, self.claims))


class NamingSettings(Frozen):
    """conf/segment_names.yaml: rules from best to worst; the first that fits names the segment."""

    least_share: Annotated[float, Field(gt=0.5, le=1)]
    first_share: Annotated[float, Field(gt=0.5, le=1)]
    kept_unless: Annotated[float, Field(gt=0.5, le=1)]
    kept_slack: Share
    typical_gap: TypicalGap
    new_customers: NewCustomers
    namesakes: Namesakes
    rules: Annotated[tuple[SegmentRule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _kept_names_need_less(self) -> Self:
        if not self.least_share <= self.first_share <= self.kept_unless:
            raise ValueError(
                "least_share, first_share and kept_unless must not fall. "
                f"Got {self.least_share:g}, {self.first_share:g} and {self.kept_unless:g} instead"
            )
        return self

    @model_validator(mode="after")
    def _texts_are_unique(self) -> Self:
        texts = {"ids": [rule.id for rule in self.rules]}
        for language in LANGUAGES:
            texts[f"names in {language}"] = [rule.name[language] for rule in self.rules]
            texts[f"descriptions in {language}"] = [rule.description[language] for rule in self.rules]
            texts[f"actions in {language}"] = [rule.action[language] for rule in self.rules]
        for kind, values in texts.items():
            if twice := sorted({value for value in values if values.count(value) > 1}):
                raise ValueError(f"the rules must have different {kind}; {twice} occur more than once")
        return self

    @model_validator(mode="after")
    def _last_rule_always_fits(self) -> Self:
        last = self.rules[-1]
        if last.when or last.claims or last.unless or last.share_of:
            raise ValueError(
                f"the last rule must have no conditions, so that every segment gets a name; got {last.id} with some"
            )
        return self

    @model_validator(mode="after")
    def _better_customers_have_met_an_earlier_rule(self) -> Self:
        for position, rule in enumerate(self.rules):
            worse = [figure for figure, bounds in rule.claims.items() if _is_left_by_better(figure, bounds)]
            if worse and not _is_guaranteed(rule.claims, self.rules[:position]):
                raise ValueError(
                    f"the rule {rule.id} claims {worse[0]}: {list(rule.claims[worse[0]])}, which customers who are "
                    "better do not meet, so they could get a worse name: an earlier rule without other conditions must "
                    "have the same claims in its key unless"
                )
        return self


def _is_kept_by_better(figure: str, bounds: tuple[float | None, float | None]) -> bool:
    """Whether a customer who becomes better in this figure still meets the bounds, and others may begin to."""
    if feature_of(figure) in LOWER_IS_BETTER:
        return bounds[1] is not None
    return feature_of(figure) in HIGHER_IS_BETTER and bounds[0] is not None


def _is_left_by_better(figure: str, bounds: tuple[float | None, float | None]) -> bool:
    """Whether a customer who becomes better in this figure may no longer meet the bounds."""
    if feature_of(figure) in LOWER_IS_BETTER:
        return bounds[0] is not None
    return feature_of(figure) in HIGHER_IS_BETTER and bounds[1] is not None


def _is_guaranteed(claims: Mapping[str, tuple[float | None, float | None]], earlier: Iterable[SegmentRule]) -> bool:
    """Whether every segment that reaches a rule meets its claims: an earlier rule takes all that do not."""
    gates: list[Mapping[str, tuple[float | None, float | None]]] = []
    for rule in earlier:
        takes_all = not rule.when and (not rule.claims or any(_implies(gate, rule.claims) for gate in gates))
        if rule.unless and takes_all:
            gates.append(rule.unless)
    return any(_implies(gate, claims) for gate in gates)


def _implies(
    gate: Mapping[str, tuple[float | None, float | None]], claims: Mapping[str, tuple[float | None, float | None]]
) -> bool:
    def within(figure: str, low: float | None, high: float | None) -> bool:
        if figure not in gate:
            return False
        gate_low, gate_high = gate[figure]
        above = low is None or (gate_low is not None and gate_low >= low)
        return above and (high is None or (gate_high is not None and gate_high <= high))

    return all(within(figure, *bounds) for figure, bounds in claims.items())
