"""conf/campaigns.yaml: hold-out tests of campaigns."""

from typing import Annotated

from pydantic import Field

from clientela.settings.base import Frozen

Days = Annotated[int, Field(ge=1)]
InnerShare = Annotated[float, Field(gt=0, lt=1)]


class HoldoutSettings(Frozen):
    """The global hold-out: a share of all customers whom no campaign contacts, drawn from a key and the customer's id.

    The key has at most 64 bytes, as BLAKE2 requires.
    """

    share: Annotated[float, Field(ge=0, lt=1)]
    key: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]


class CampaignSettings(Frozen):
    """conf/campaigns.yaml: the design of a campaign's hold-out test, and whom it leaves out."""

    control: InnerShare
    days: Days
    durations_days: Annotated[tuple[Days, ...], Field(min_length=1)]
    uplift: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    power: InnerShare
    significance: InnerShare
    sample_ratio: InnerShare
    holdout: HoldoutSettings
    exclude_running: bool
    days_between_contacts: Annotated[int, Field(ge=0)]
