"""conf/forecast.yaml: season, profiles and intervals of the forecast."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, model_validator

from clientela.settings.base import Frozen, Share

Days = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Several = Field(min_length=1)


class SeasonSettings(Frozen):
    """The seasonal ratio: history that it needs, years, weights, and lists that take in no new customers."""

    least_history_days: Days
    years_back_days: Annotated[tuple[Days, ...], Several]
    year_weights: Annotated[tuple[Positive, ...], Several]
    largest_order: Annotated[float, Field(gt=0.5, le=1)]
    closed_list: Share
    open_list: Share

    @model_validator(mode="after")
    def _years_have_weights(self) -> Self:
        if len(self.years_back_days) != len(self.year_weights):
            raise ValueError(
                "years_back_days and year_weights must have the same length; got "
                f"{len(self.years_back_days)} and {len(self.year_weights)}"
            )
        return self


class ProfileSettings(Frozen):
    """Bands of customers, and how their past shares are averaged and corrected."""

    recency_days: Annotated[tuple[Days, ...], Several]
    orders: Annotated[tuple[Annotated[int, Field(ge=2)], ...], Several]
    cell_prior: Positive
    most_dates: Annotated[int, Field(ge=1)]
    tenths: Annotated[int, Field(ge=2)]
    correction_prior: Positive
    value_weight: tuple[Positive, Positive]

    @model_validator(mode="after")
    def _bands_rise(self) -> Self:
        for name in ("recency_days", "orders", "value_weight"):
            values = getattr(self, name)
            if any(high <= low for low, high in pairwise(values)):
                raise ValueError(f"{name} must rise; got {list(values)}")
        return self


class IntervalSettings(Frozen):
    """What is assumed about errors before the shop's own are known, and which groups are too small."""

    total: Positive
    season_part: Share
    total_prior: Positive
    group: Positive
    group_prior: Positive
    recent_dates: Annotated[int, Field(ge=1)]
    least_share: Share
    most_variation: Positive


class ForecastSettings(Frozen):
    """conf/forecast.yaml: lengths, past dates and level of the forecast."""

    horizons_days: Annotated[tuple[Days, ...], Several]
    step_days: Days
    interval: Annotated[float, Field(gt=0, lt=1)]
    past_dates: Annotated[int, Field(ge=1)]
    season: SeasonSettings
    profiles: ProfileSettings
    intervals: IntervalSettings
