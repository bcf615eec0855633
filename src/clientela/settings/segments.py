"""conf/segments.yaml: continuity, readable rules, the backtest."""

from typing import Annotated

from pydantic import Field

from clientela.settings.base import Frozen, Share


class ContinuitySettings(Frozen):
    """When a new segment continues the champion's."""

    least_overlap: Share


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


class SegmentsSettings(Frozen):
    """conf/segments.yaml: the description of segments, and the continuity of their names."""

    continuity: ContinuitySettings
    rules: RuleSettings
    backtest: BacktestSettings
    typical_customers: Annotated[int, Field(ge=1, le=20)]
