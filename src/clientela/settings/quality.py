"""conf/quality.yaml and `quality` of a data set: what is a finding, and which findings stop a run."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from clientela.contracts import TRANSACTIONS
from clientela.settings.base import Frozen, Share

FindingKind = Literal[
    "missing", "stale", "invalid", "duplicates", "inconsistent", "outliers", "gap", "level_change", "disagreement"
]
Ratio = Annotated[float, Field(gt=1, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class ColumnLimits(Frozen):
    """Shares below which a column has a finding."""

    filled: Share
    valid: Share
    consistent: Share
    recent_days: Annotated[int, Field(ge=1)]
    recent_drop: Share


class OutlierLimits(Frozen):
    """The distance of the limit in interquartile ranges, and the share of the revenue of a warning."""

    spread: Positive
    money: Share


class GapLimits(Frozen):
    """The expected number of equally unlikely runs of days, below which a run is a gap."""

    chance: Positive


class LevelRatios(Frozen):
    """The smallest change of each measure."""

    orders: Ratio
    revenue: Ratio
    customers: Ratio
    price: Ratio


class LevelLimits(Frozen):
    """When a change of level is sudden."""

    weeks: Annotated[int, Field(ge=3)]
    noise: Positive
    ratio: LevelRatios
    season_ratio: Ratio


class QualitySettings(Frozen):
    """conf/quality.yaml: from which value on a figure is a finding."""

    columns: ColumnLimits
    duplicates: Share
    outliers: OutlierLimits
    gaps: GapLimits
    level_change: LevelLimits
    disagreement: Share


class QualityOfDataset(Frozen):
    """The key `quality` of a data set.

    `fail_on` lists the kinds of findings that stop a run, `max_missing` the largest share of missing values by column,
    which also stops it. `order_total` and `currency` name columns of the source that are only compared: the total of
    an order, which its lines should add up to, and the currency, of which there should be one. `limits` are those of
    conf/quality.yaml unless the data set has its own.
    """

    fail_on: tuple[FindingKind, ...] = ()
    max_missing: dict[str, Share] = Field(default_factory=dict)
    order_total: str | None = None
    currency: str | None = None
    limits: QualitySettings | None = None

    @property
    def is_strict(self) -> bool:
        """Whether a finding may stop a run."""
        return bool(self.fail_on or self.max_missing)

    @model_validator(mode="after")
    def _columns_are_canonical(self) -> Self:
        known = set(TRANSACTIONS.names) - {"line_id"}
        if unknown := sorted(set(self.max_missing) - known):
            raise ValueError(f"max_missing names {unknown}; the columns are {sorted(known)}")
        return self
