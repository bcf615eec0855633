"""Further sources of a data set: events of its customers (visits, sightings, app events) and features made of them."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from clientela.settings.base import Frozen, Texts
from clientela.settings.locations import Location
from clientela.settings.reading import TimeFormats

# Aggregates that need the column `category` or `value` of the source.
OF_CATEGORIES = ("category_share", "most_frequent", "distinct")
OF_VALUES = ("sum", "mean", "max")


class EventFeatureSettings(Frozen):
    """A feature of the customers: an aggregate of their events before the as-of date.

    `of` is the category of a `category_share`. `days` restricts the events to those in so many days before the as-of
    date; None uses all earlier events.
    """

    aggregate: Literal[
        "count",
        "active_days",
        "days_since_first",
        "days_since_last",
        "weekend_share",
        "evening_share",
        "category_share",
        "most_frequent",
        "distinct",
        "sum",
        "mean",
        "max",
    ]
    of: str | None = None
    days: Annotated[int, Field(ge=1)] | None = None
    label: Texts | None = None

    @model_validator(mode="after")
    def _of_is_a_category(self) -> Self:
        if (self.aggregate == "category_share") != (self.of is not None):
            raise ValueError(f"of must name the category of a category_share, and is for no other; got {self.of!r}")
        return self

    @property
    def kind(self) -> Literal["numeric", "categorical"]:
        """Whether the feature is a number or a category."""
        return "categorical" if self.aggregate == "most_frequent" else "numeric"


class EventSourceSettings(Frozen):
    """A source of events, one row per event, and the features made of it."""

    source: Location
    customer_id: str
    timestamp: str
    timestamp_format: TimeFormats | None = None
    decimal: Literal[".", ","] = "."
    thousands: Literal[".", ",", " ", "'"] | None = None
    category: str | None = None
    value: str | None = None
    features: Annotated[dict[Annotated[str, Field(pattern=r"^[a-z0-9_]+$")], EventFeatureSettings], Field(min_length=1)]

    @model_validator(mode="after")
    def _columns_are_mapped(self) -> Self:
        for name, feature in self.features.items():
            if feature.aggregate in OF_CATEGORIES and not self.category:
                raise ValueError(f"{name} is a {feature.aggregate}, which needs the key category of its source")
            if feature.aggregate in OF_VALUES and not self.value:
                raise ValueError(f"{name} is a {feature.aggregate}, which needs the key value of its source")
        return self
