"""The table of a batch score: one row per customer."""

import pandas as pd

from clientela.exports.treatment import assign_treatment
from clientela.features.extra import with_indicators
from clientela.loading import ShopData
from clientela.segmentation.registered import RegisteredVersion
from clientela.segmentation.version import figures_of_answers


def score_table(
    data: ShopData, model: RegisteredVersion, *, language: str, treatment: float | None, seed: int
) -> pd.DataFrame:
    """The table that is written: one row per customer, ordered by customer_id.

    Args:
        data: customer features as of one date.
        model: registered segmentation version.
        language: language of the segments' names.
        treatment: share of each segment to treat, in (0, 1); None adds no column.
        seed: random seed of the treatment's draw.

    Returns:
        customer_id, segment_id, segment, as_of, model_version, key figures, and arm where there is a treatment.

    Raises:
        RegistryError: the source lacks a feature that the version's clusters need.
    """
    fit = list(model.version.clustering["scaler"].feature_names_in_)
    features = with_indicators(data.features, fit)
    ids = model.version.assign(features)
    name_of = {segment["id"]: segment["name"][language] for segment in model.version.segments}
    table = pd.DataFrame(
        {
            "customer_id": data.features["customer_id"],
            "segment_id": ids,
            "segment": [name_of[id_] for id_ in ids.tolist()],
            "as_of": pd.Timestamp(data.as_of).date(),
            "model_version": int(model.number),
            **{name: features[name] for name in figures_of_answers(features, fit)},
        }
    )
    if treatment is not None:
        table["arm"] = assign_treatment(table["customer_id"].tolist(), ids.tolist(), share=treatment, seed=seed)
    return table
