"""What a data set knows of its customers beyond their purchases: attributes, and the shop's table of customers."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from clientela.contracts import LANGUAGES
from clientela.settings.base import Frozen, Texts
from clientela.settings.locations import Location


class AttributeColumn(Frozen):
    """One attribute: the source's column, its kind, the range of valid numbers (both ends included), and its names.

    `label` is the name in reports; `levels` are the words of a segment's name for low, medium and high values.
    `known_before_purchase` says whether the shop knows it of people who have not bought yet.
    """

    column: str
    kind: Literal["numeric", "categorical"]
    range: tuple[float, float] | None = None
    label: Texts | None = None
    levels: dict[str, tuple[str, str, str]] | None = None
    known_before_purchase: bool = True

    @model_validator(mode="after")
    def _range_of_a_number(self) -> Self:
        if self.range and self.kind != "numeric":
            raise ValueError(f"range is for numeric attributes; {self.column} is {self.kind}")
        if self.range and self.range[0] >= self.range[1]:
            raise ValueError(f"range must be two rising numbers; got {self.range}")
        if self.levels and set(self.levels) != set(LANGUAGES):
            raise ValueError(f"levels must be there in {' and '.join(LANGUAGES)}; got {sorted(self.levels)}")
        return self


class AttributeSettings(Frozen):
    """Attributes of customers beyond their purchases, in a separate table or in the transactions."""

    source: Location | None = None
    customer_id: str | None = None
    columns: Annotated[dict[Annotated[str, Field(pattern=r"^[a-z0-9_]+$")], AttributeColumn], Field(min_length=1)]

    @model_validator(mode="after")
    def _table_has_an_id(self) -> Self:
        if self.source and not self.customer_id:
            raise ValueError("customer_id must name the id column of the attributes' source")
        if "customer_id" in self.columns:
            raise ValueError("columns must not name an attribute customer_id")
        return self


class CustomerTableSettings(Frozen):
    """The shop's table of customers: its path, its columns and the valid values."""

    source: Location | None = None
    columns: dict[Literal["customer_id", "age", "gender", "signup_date", "region", "churn"], str]
    ages: tuple[float, float] = (16, 110)
    genders: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    date_format: str | None = None

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        if "customer_id" not in self.columns:
            raise ValueError(f"columns must map customer_id; it maps {sorted(self.columns)}")
        if self.ages[0] >= self.ages[1]:
            raise ValueError(f"ages must be two rising numbers; got {self.ages}")
        return self
