"""Attributes that go with a segment make it recognisable, others do not."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from clientela.features.extra import ExtraFeatures
from clientela.segmentation.recognition import measure_recognition, recognise_segments
from clientela.settings import AttributeColumn, RecognitionSettings

SETTINGS = RecognitionSettings(folds=5, good_auc=0.75, fair_auc=0.6)
COLUMNS = {
    "age": AttributeColumn(column="age", kind="numeric"),
    "city": AttributeColumn(column="city", kind="categorical"),
}
CUSTOMERS = 600
IDS = np.tile([1, 2, 3], CUSTOMERS // 3)


def shop(in_fit=()):
    """The first segment is older, the second lives in Rio more often, the third is like the second otherwise."""
    rng = np.random.default_rng(0)
    age = np.where(IDS == 1, rng.normal(60, 5, CUSTOMERS), rng.normal(40, 5, CUSTOMERS))
    known = pd.DataFrame({"customer_id": [str(i) for i in range(CUSTOMERS)], "age": age})
    known["city"] = np.where(rng.random(CUSTOMERS) < 0.5, "Rio", "Recife")
    features = known[["customer_id"]].sample(frac=1, random_state=1)
    order = features["customer_id"].astype(int).to_numpy()
    data = SimpleNamespace(
        features=features, attributes=known, has_rfm=True, extra=ExtraFeatures(in_fit=frozenset(in_fit))
    )
    return data, IDS[order]


def recognised(data, ids, columns=COLUMNS):
    dataset = SimpleNamespace(attribute_columns=columns)
    return recognise_segments(data, ids, dataset, SETTINGS, rows=np.arange(CUSTOMERS), seed=0)


def test_a_segment_with_an_attribute_of_its_own_is_recognised():
    found = recognised(*shop())
    assert found["attributes"] == ["age", "city"]
    first, second, third = found["by_segment"]
    assert first["answer"] == "yes"
    assert first["auc"] > 0.95
    assert first["precision"] > 0.9
    assert first["low"] < first["auc"] < first["high"]
    # Above chance only because they are not the first one; they are not told apart from each other.
    assert second["precision"] < 0.65
    assert third["answer"] != "yes"


def test_noise_recognises_nobody():
    rng = np.random.default_rng(1)
    noise = pd.DataFrame({"age": rng.normal(40, 5, CUSTOMERS)})
    assert {row["answer"] for row in measure_recognition(noise, IDS, SETTINGS, seed=0)} == {"no"}


def test_the_answer_goes_by_the_lower_end_of_the_interval():
    rng = np.random.default_rng(2)
    ids = np.array([1] * 10 + [2] * 390)
    some = pd.DataFrame({"age": rng.normal(40, 5, 400) + 4.0 * (ids == 1)})
    first = measure_recognition(some, ids, SETTINGS, seed=0)[0]
    assert first["high"] - first["low"] > 0.2
    assert (first["answer"] == "yes") == (first["low"] >= 0.75)


@pytest.mark.parametrize("unknown", ["in_fit", "later", "no_attributes", "no_rfm", "small"])
def test_without_attributes_that_are_known_before_there_is_no_answer(unknown):
    data, ids = shop(in_fit=COLUMNS if unknown == "in_fit" else ())
    columns = COLUMNS
    if unknown == "later":
        columns = {name: one.model_copy(update={"known_before_purchase": False}) for name, one in COLUMNS.items()}
    if unknown == "no_attributes":
        data.attributes = None
    if unknown == "no_rfm":
        data.has_rfm = False
    if unknown == "small":
        ids = np.where(np.arange(CUSTOMERS) < 3, 9, ids)
    assert recognised(data, ids, columns) is None


def test_attributes_of_the_fit_are_left_out():
    data, ids = shop(in_fit=["age"])
    assert recognised(data, ids)["attributes"] == ["city"]
