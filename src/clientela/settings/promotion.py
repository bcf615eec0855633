"""conf/promotion.yaml: the limits of the checks that a version must pass to become champion."""

from typing import Annotated

from pydantic import Field

from clientela.settings.base import Frozen, Share

Tolerance = Annotated[float, Field(ge=0)]


class MetricTolerances(Frozen):
    """How far each metric may be below the champion's."""

    silhouette: Tolerance
    stability: Tolerance
    explained_spend: Tolerance


class ChurnTolerances(Frozen):
    """How far each metric of a churn model may be below the champion's."""

    roc_auc: Tolerance
    average_precision: Tolerance


class PromotionSettings(Frozen):
    """conf/promotion.yaml: the limits of the gate."""

    seconds_to_load: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    covers: Share
    worse_by: MetricTolerances
    continued: Share
    least_overlap: Share
    moved: Share
    churn_worse_by: ChurnTolerances
