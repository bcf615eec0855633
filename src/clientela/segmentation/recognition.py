"""Whether the customers of a segment can be recognised by their attributes alone, before they have bought."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from clientela.loading import ShopData
from clientela.settings import DatasetSettings, RecognitionSettings

Answer = Literal["yes", "partly", "no"]
NORMAL = 1.645  # standard errors on each side of a 90 % interval
MOST_VALUES = 50  # of a categorical attribute; the rarer ones count as one


class SegmentRecognition(TypedDict):
    """How well one segment is recognised.

    `auc` is the area under the ROC curve of its members against all other customers, with `low` and `high`, the ends of
    its 90 % interval; 0.5 is chance. `precision` is the share of members among as many customers as the segment has,
    those whom the classifier ranks first; `share` is that of all customers.
    """

    id: int
    auc: float
    low: float
    high: float
    precision: float
    share: float
    answer: Answer


class RecognitionData(TypedDict):
    """How well the segments are recognised from these attributes, and the limits of the answers."""

    attributes: list[str]
    good_auc: float
    fair_auc: float
    by_segment: list[SegmentRecognition]


def recognise_segments(
    data: ShopData,
    segment_ids: np.ndarray,
    dataset: DatasetSettings,
    settings: RecognitionSettings,
    *,
    rows: np.ndarray,
    seed: int,
) -> RecognitionData | None:
    """Predict the segments of customers from attributes that are known before the first purchase.

    Attributes of the fit are left out, because the segments are made of them.

    Args:
        data: customers with their attributes.
        segment_ids: segment id of each customer (customers,).
        dataset: settings of the data set, which describe the attributes.
        settings: folds, and the limits of the answers.
        rows: positions of the customers to use, a sample of a large shop.
        seed: random seed of the folds and of the classifier.

    Returns:
        The result; None if no attribute is left, purchases are not known, or a segment is smaller than the folds.
    """
    columns = dataset.attribute_columns
    names = [name for name, one in columns.items() if one.known_before_purchase and name not in data.extra.in_fit]
    segment_ids = segment_ids[rows]
    sizes = np.unique(segment_ids, return_counts=True)[1]
    if data.attributes is None or not names or not data.has_rfm or len(sizes) < 2 or sizes.min() < settings.folds:
        return None
    known = data.attributes.set_index("customer_id").loc[data.features["customer_id"].iloc[rows]]
    matrix = _matrix(known, {name: columns[name].kind for name in names})
    return {
        "attributes": names,
        "good_auc": settings.good_auc,
        "fair_auc": settings.fair_auc,
        "by_segment": measure_recognition(matrix, segment_ids, settings, seed=seed),
    }


def measure_recognition(
    matrix: pd.DataFrame, segment_ids: np.ndarray, settings: RecognitionSettings, *, seed: int
) -> list[SegmentRecognition]:
    """Cross-validated quality of a classifier that finds the segments.

    The interval is that of Hanley & McNeil (1982), The meaning and use of the area under a receiver operating
    characteristic (ROC) curve, Radiology 143(1), 29-36. The answer goes by its lower end, so that small segments are
    not called recognisable by chance.

    Args:
        matrix: attributes (customers, attributes): numbers, and categories as pandas categories.
        segment_ids: segment id of each customer (customers,).
        settings: folds, and the limits of the answers.
        seed: random seed of the folds and of the classifier.

    Returns:
        One entry per segment, in the order of the ids.
    """
    classifier = HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=8, min_samples_leaf=20, early_stopping=False,
        categorical_features="from_dtype", random_state=seed,
    )  # fmt: skip
    folds = StratifiedKFold(settings.folds, shuffle=True, random_state=seed)
    scores = cross_val_predict(classifier, matrix, segment_ids, cv=folds, method="predict_proba")
    ids = np.unique(segment_ids)
    return [_measured(int(id_), segment_ids == id_, scores[:, place], settings) for place, id_ in enumerate(ids)]


def _measured(id_: int, members: np.ndarray, scores: np.ndarray, settings: RecognitionSettings) -> SegmentRecognition:
    auc = float(roc_auc_score(members, scores))
    margin = NORMAL * _standard_error(auc, int(members.sum()), int((~members).sum()))
    low, high = max(auc - margin, 0.0), min(auc + margin, 1.0)
    first = np.argsort(-scores, kind="stable")[: members.sum()]
    return {
        "id": id_,
        "auc": auc,
        "low": low,
        "high": high,
        "precision": float(members[first].mean()),
        "share": float(members.mean()),
        "answer": "yes" if low >= settings.good_auc else "partly" if low >= settings.fair_auc else "no",
    }


def _standard_error(auc: float, members: int, others: int) -> float:
    """The standard error of an AUC (Hanley & McNeil 1982, equation 1)."""
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (members - 1) * (q1 - auc**2) + (others - 1) * (q2 - auc**2)
    return float(np.sqrt(max(variance, 0.0) / (members * others)))


def _matrix(known: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    columns = {name: _categories(known[name]) if kind == "categorical" else known[name].astype("float64")
               for name, kind in kinds.items()}  # fmt: skip
    return pd.DataFrame(columns).reset_index(drop=True)


def _categories(values: pd.Series) -> pd.Series:
    texts = values.astype(object).where(values.notna(), None)
    counts = texts.value_counts()
    frequent: Sequence[str] = sorted(counts.index, key=lambda value: (-counts[value], str(value)))[:MOST_VALUES]
    return pd.Series(pd.Categorical(texts, categories=frequent), index=values.index)
