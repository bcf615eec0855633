"""conf/privacy.yaml: pseudonyms, the smallest group that is shown, and how long customers are kept."""

from typing import Annotated

from pydantic import Field

from clientela.settings.base import Frozen


class PrivacySettings(Frozen):
    """conf/privacy.yaml, or the block `privacy` of a data set."""

    pseudonyms: bool
    key: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    smallest_group: Annotated[int, Field(ge=1)]
    retention_months: Annotated[int, Field(ge=1)] | None
    records: Annotated[str, Field(min_length=1)]
