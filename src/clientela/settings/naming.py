"""conf/segment_names.yaml: ordered rules on a profile, with their texts."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from clientela.contracts import CUSTOMER_FEATURES, LANGUAGES
from clientela.settings.base import Frozen, Share, Texts
from clientela.settings.dataset import FEATURES

# Of these, more is better; of days since the last purchase, fewer.
HIGHER_IS_BETTER = ("recency", "frequency", "spend", "order_count", "total_spend")
LOWER_IS_BETTER = ("days_since_last_purchase",)
MEDIANS = tuple(f"median_{column.name}" for column in CUSTOMER_FEATURES.columns if column.unit == "share")
QUANTITIES = {"recency", "frequency", "spend", *FEATURES, *MEDIANS}


class SegmentRule(Frozen):
    """One naming rule: bounds on named quantities in [0, 1], and the texts in each language."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    when: dict[str, tuple[Share, Share]]
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
    def _is_monotone(self) -> Self:
        for quantity, (low, high) in self.when.items():
            if (quantity in HIGHER_IS_BETTER and high < 1) or (quantity in LOWER_IS_BETTER and low > 0):
                raise ValueError(
                    f"the rule {self.id} must not shut out customers who are better in {quantity}, or a better "
                    f"customer could get a worse name: put the better names first instead; its bounds are {low}, {high}"
                )
        return self


class NamingSettings(Frozen):
    """conf/segment_names.yaml: rules from best to worst; the first that fits names the segment."""

    rules: tuple[SegmentRule, ...]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for kind, values in {
            "ids": [rule.id for rule in self.rules],
            **{f"names in {language}": [rule.name[language] for rule in self.rules] for language in LANGUAGES},
        }.items():
            if twice := sorted({value for value in values if values.count(value) > 1}):
                raise ValueError(f"the rules must have different {kind}; {twice} occur more than once")
        return self
