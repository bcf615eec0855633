"""conf/segments.yaml: continuity, readable rules, the backtest."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from clientela.settings.base import Frozen, Share


class ContinuitySettings(Frozen):
    """When a new segment continues the champion's, and when new clusters are drawn."""

    least_overlap: Share
    most_renamed: Share | None
    redraw_gain: Share


class RuleSettings(Frozen):
    """The size of the tree that explains the segments, and the folds of its fidelity."""

    most: Annotated[int, Field(ge=2)]
    smallest: Share
    folds: Annotated[int, Field(ge=2)]


class BacktestSettings(Frozen):
    """The cut-offs, in days before the as-of date, and the intervals' level and bootstrap samples."""

    days_back: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)]
    interval: Annotated[float, Field(gt=0, lt=1)]
    draws: Annotated[int, Field(ge=100)]


class RecognitionSettings(Frozen):
    """The check whether attributes alone find the segments: folds, and the limits of the answers."""

    folds: Annotated[int, Field(ge=2)]
    good_auc: Share
    fair_auc: Share

    @model_validator(mode="after")
    def _limits_in_order(self) -> Self:
        if self.fair_auc > self.good_auc:
            raise ValueError(f"fair_auc must not be above good_auc; got {self.fair_auc} and {self.good_auc}")
        return self


class SegmentReportSettings(Frozen):
    """What the report shows of customers, and the share of a segment that a campaign contacts."""

    customer_ids: Literal["none", "typical", "all"]
    most_listed: Annotated[int, Field(ge=0)]
    treatment: Annotated[float, Field(gt=0, lt=1)]
    uplift: Annotated[float, Field(gt=0, le=1)]


class SegmentsSettings(Frozen):
    """conf/segments.yaml: the description of segments, and the continuity of their names."""

    continuity: ContinuitySettings
    rules: RuleSettings
    backtest: BacktestSettings
    recognition: RecognitionSettings
    report: SegmentReportSettings
    typical_customers: Annotated[int, Field(ge=1, le=20)]
