"""conf/renewal.yaml: when segments are refreshed or found anew, and whether new versions are promoted."""

from typing import Annotated, Literal

from pydantic import Field

from clientela.settings.base import Frozen

Family = Literal["activity", "level", "prices", "shares", "features", "unlike", "new", "silhouette"]


class RenewalSettings(Frozen):
    """conf/renewal.yaml."""

    refit_on: tuple[Family, ...]
    products: Annotated[tuple[Literal["segments", "insiders", "churn"], ...], Field(min_length=1)]
    churn_days: Annotated[int, Field(ge=1)]
    promote: bool
