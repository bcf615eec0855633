"""conf/insiders.yaml: size, ranking, rules, replay, expectations and actions of the Insiders programme."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from clientela.settings.base import Frozen, Share

Days = Annotated[int, Field(ge=1)]
Part = Annotated[float, Field(gt=0, lt=1)]
PurchaseModelName = Literal["bg_nbd", "mbg_nbd", "pareto_nbd", "plain"]


class RankingSettings(Frozen):
    """The rankings of customers, and the past dates at which they are compared."""

    purchase_models: Annotated[tuple[PurchaseModelName, ...], Field(min_length=1)]
    horizon_days: Days
    days_back: Annotated[tuple[Days, ...], Field(min_length=1)]
    tie: Share
    segments: Annotated[int, Field(ge=2)]

    @model_validator(mode="after")
    def _periods_are_over(self) -> Self:
        if min(self.days_back) < self.horizon_days:
            raise ValueError(
                "days_back must be at least horizon_days, or the period after a date is not over on the as-of date; "
                f"got {min(self.days_back)} and {self.horizon_days}"
            )
        return self


class ModelWindowSettings(Frozen):
    """The training data of the supervised models."""

    most: Annotated[int, Field(ge=1)]


class ConditionSettings(Frozen):
    """Smallest spend (currency), smallest number of orders, and most days since the last purchase."""

    spend: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    orders: Annotated[int, Field(ge=1)]
    days: Days


class FixedRules(Frozen):
    """Published rules that a run keeps."""

    window_days: Days
    entry: ConditionSettings
    removal: ConditionSettings

    @model_validator(mode="after")
    def _removal_is_looser(self) -> Self:
        entry, stay = self.entry, self.removal
        if stay.spend > entry.spend or stay.orders > entry.orders or stay.days < entry.days:
            raise ValueError("removal must ask for no more than entry, or members would be removed at once")
        return self


class MembershipSettings(Frozen):
    """The search for the rules."""

    windows: Annotated[tuple[Days, ...], Field(min_length=1)]
    size_within: Share
    looser: Annotated[tuple[Annotated[float, Field(gt=0, le=1)], ...], Field(min_length=1)]
    flapping: Share
    fixed: FixedRules | None = None

    @model_validator(mode="after")
    def _looser_falls(self) -> Self:
        if list(self.looser) != sorted(set(self.looser), reverse=True):
            raise ValueError(f"looser must be falling shares, from the tightest conditions on; got {self.looser}")
        return self


class ActionSettings(Frozen):
    """The assumptions about a campaign and about the test that measures it."""

    success: Part
    uplift: Annotated[float, Field(gt=0)]
    control: Part
    power: Part
    significance: Part


class InsidersSettings(Frozen):
    """conf/insiders.yaml."""

    model: str
    size: str | int | float
    size_bounds: tuple[Part, Part]
    ranking: RankingSettings
    model_windows: ModelWindowSettings
    rules: MembershipSettings
    replay_months: Annotated[int, Field(ge=6)]
    expected_months: Annotated[tuple[Annotated[int, Field(ge=1, le=24)], ...], Field(min_length=1)]
    interval: Part
    draws: Annotated[int, Field(ge=100)]
    actions: ActionSettings
    list_in_report: Annotated[int, Field(ge=0, le=1000)]

    @model_validator(mode="after")
    def _bounds_rise(self) -> Self:
        if self.size_bounds[0] >= self.size_bounds[1]:
            raise ValueError(f"size_bounds must be two rising shares; got {self.size_bounds}")
        return self
