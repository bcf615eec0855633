"""conf/monitoring.yaml: what monitoring compares, and which changes matter."""

from typing import Annotated

from pydantic import Field

from clientela.settings.base import Frozen

Days = Annotated[int, Field(ge=1)]
Periods = Annotated[int, Field(ge=2)]
Smallest = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SmallestChanges(Frozen):
    """The smallest change of each family of indicators that matters."""

    activity: Smallest
    level: Smallest
    prices: Smallest
    shares: Smallest
    features: Smallest
    unlike: Smallest
    new: Smallest
    silhouette: Smallest


class MonitoringSettings(Frozen):
    """conf/monitoring.yaml: the comparison of the last period with those before it."""

    period_days: Days
    periods: Periods
    alarm_share: Annotated[float, Field(gt=0, lt=1)]
    season_periods: Periods
    smallest: SmallestChanges
    oldest_days: Days
