"""Answers of the server as pydantic models, from which the components of the OpenAPI document are generated.

The models describe; they are not used to build answers, which the routes write as plain dictionaries.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

REF_TEMPLATE = "#/components/schemas/{model}"
CUSTOMER_ID = "Customer id in its canonical form."
Texts = Annotated[
    dict[str, str], Field(description="One text per language.", examples=[{"en": "New", "pt-BR": "Novos"}])
]
Figure = float | None
Value = float | str | None


def _require_nothing(schema: dict[str, Any]) -> None:
    schema.pop("required", None)


class OptionalFields(BaseModel):
    """Base of models whose fields a client must not rely on: the document requires none of them."""

    model_config = ConfigDict(json_schema_extra=_require_nothing)


class Condition(OptionalFields):
    """A condition on one feature."""

    feature: str
    now: Figure = Field(description="Present value of the customer.")
    op: Literal["<=", ">"]
    value: float = Field(description="Value to compare with.")
    text: Texts


class NextSegment(OptionalFields):
    """The better segment that is nearest to the customer, and the conditions that are missing."""

    segment: Texts
    conditions: list[Condition]


class Explanation(OptionalFields):
    """The rule that describes the customer's segment."""

    agrees: bool = Field(description="Whether the rule gives the same segment as the model.")
    rule: Texts


class CustomerArm(OptionalFields):
    """The arm of a customer in a running campaign."""

    campaign: str = Field(description="Name of the campaign.")
    action: str = Field(description="What the treated customers get; empty if unknown.")
    arm: Literal["treatment", "control", "holdout"] = Field(
        description="Whether the customer gets the campaign, is compared, or is left out of all campaigns."
    )
    since: date = Field(description="First day of the campaign.")


class Detail(OptionalFields):
    """What the answer is based on."""

    segment_id: int
    name: Texts
    previous_name: Texts | None = Field(
        description="Name of the segment in the version before, if it had another one; otherwise null."
    )
    description: Texts
    action: Texts
    new_customer: bool | None = Field(
        description="Whether the first order is recent; the action is then that for new customers. Null if unknown."
    )
    as_of: date
    since: date | None = Field(
        description="As-of date of the first version that has the customer in this segment, without a break since."
    )
    customer: dict[str, Figure] = Field(description="Features of the customer.")
    why: Explanation
    next: NextSegment | None
    campaigns: list[CustomerArm] | None = Field(
        default=None,
        description="Arms in running campaigns, only in GET /customers/{id}; null if they could not be read yet.",
    )


class Answer(BaseModel):
    """The segment of one customer."""

    customer_id: str | None = Field(description=CUSTOMER_ID)
    segment: str | None = Field(description="Name of the segment; null for an unknown customer.")
    detail: Detail | None = None


class Predictions(BaseModel):
    """One answer per id, in the order of the request."""

    predictions: list[Answer]


class Customers(BaseModel):
    """One answer per id, in the order of the request."""

    version: str = Field(description="Version that answered.")
    customers: list[Answer]


class Segment(BaseModel):
    """A segment of the version."""

    id: int
    name: Texts
    previous_name: Texts | None = Field(
        description="Name of the segment in the version before, if it had another one; otherwise null."
    )
    customers: int | None = Field(description="Number of customers; null below the smallest group of the settings.")
    share: float | None = Field(
        description="Share of all customers, between 0 and 1; null if any segment is below the smallest group."
    )
    description: Texts
    action: Texts


class Segments(BaseModel):
    """All segments of the version."""

    version: str = Field(description="Version that answered.")
    as_of: date
    segments: list[Segment]


class OutcomeLift(BaseModel):
    """The lift of one outcome for all customers of a campaign, per customer and period."""

    difference: float
    low: float = Field(description="Lower end of the difference's interval.")
    high: float
    relative: Figure = Field(description="Difference relative to the control group; null where that is 0.")
    relative_low: Figure
    relative_high: Figure
    verdict: Literal["more", "less", "unclear"] = Field(description="Unclear: too small to tell.")


class CampaignLift(BaseModel):
    """What a campaign changed, by its latest measurement."""

    level: float = Field(description="Level of the intervals, such as 0.9.")
    is_reliable: bool = Field(description="False if the control group does not have the planned size.")
    outcomes: dict[Literal["spend", "orders", "buyers"], OutcomeLift]


class Campaign(BaseModel):
    """A started campaign."""

    campaign: str = Field(description="Name of the campaign.")
    action: str = Field(description="What the treated customers get; empty if unknown.")
    start: date
    end: date = Field(description="Last day of the period in which the result is measured.")
    state: Literal["planned", "running", "over"] = Field(description="On the as-of date of the version.")
    customers: dict[str, int] = Field(description="Customers by arm, and by reason for those who were left out.")
    lift: CampaignLift | None = Field(description="Null before the campaign was measured.")


class Campaigns(BaseModel):
    """The started campaigns of the data set, the one that ends last first; at most 200."""

    as_of: date
    campaigns: list[Campaign]


class Version(BaseModel):
    """The version that answers."""

    model: str = Field(description="Name of the registered model.")
    version: str
    as_of: date
    customers: int = Field(description="Number of customers.")
    loaded_at: datetime


class Status(OptionalFields):
    """State of the server."""

    status: Literal["alive", "ready"]


class Error(BaseModel):
    """Why a request was refused."""

    error_code: str
    message: str


class Reason(OptionalFields):
    """A feature that explains the probability, and how much its family changes it."""

    family: str
    feature: str
    value: Value
    typical: Value = Field(description="Typical value among the customers.")
    effect: float
    text: Texts


class Churn(BaseModel):
    """The churn prediction of one customer."""

    customer_id: str | None = Field(description=CUSTOMER_ID)
    probability: float | None = Field(description="Probability of churn; null for an unknown customer.")
    band: Literal["high", "medium", "low"] | None
    call: bool | None = Field(description="Whether a call pays, by the costs of the settings.")
    reasons: list[Reason]
    detail: dict[str, Any] | None = None


class ChurnPredictions(BaseModel):
    """One prediction per id or row, in the order of the request."""

    predictions: list[Churn]


SEGMENT_MODELS: tuple[type[BaseModel], ...] = (Predictions, Customers, Segments, Campaigns, Version, Status, Error)
CHURN_MODELS: tuple[type[BaseModel], ...] = (ChurnPredictions,)


class _Generator(GenerateJsonSchema):
    """Leaves out what says nothing: titles, which repeat the names, and null as the default of optional fields."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: Any) -> Any:
        described = super().default_schema(schema)
        return {key: value for key, value in described.items() if key != "default" or value is not None}


def components(models: Iterable[type[BaseModel]]) -> dict[str, Any]:
    """The JSON schemas of models and of the models in them, by name."""
    modes: list[tuple[type[BaseModel], Literal["validation"]]] = [(model, "validation") for model in models]
    _, described = models_json_schema(modes, ref_template=REF_TEMPLATE, schema_generator=_Generator)
    schemas: dict[str, dict[str, Any]] = described["$defs"]
    return {
        name: {key: value for key, value in schema.items() if key != "title"}
        for name, schema in sorted(schemas.items())
    }


def reference(model: type[BaseModel]) -> dict[str, Any]:
    """A reference to a model among the components."""
    return {"$ref": REF_TEMPLATE.format(model=model.__name__)}
