"""conf/campaigns.yaml: hold-out tests of campaigns."""

from typing import Annotated

from pydantic import Field

from clientela.settings.base import Frozen

Days = Annotated[int, Field(ge=1)]
InnerShare = Annotated[float, Field(gt=0, lt=1)]


class CampaignSettings(Frozen):
    """conf/campaigns.yaml: the design of a campaign's hold-out test."""

    control: InnerShare
    days: Days
    durations_days: Annotated[tuple[Days, ...], Field(min_length=1)]
    uplift: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    power: InnerShare
    significance: InnerShare
    sample_ratio: InnerShare
