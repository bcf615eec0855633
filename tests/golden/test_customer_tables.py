"""Published tables with one row per customer: what is read of them, and the published figures of their clusterings."""

from datetime import date

import duckdb
import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from clientela.features.extra import resolve_fit
from clientela.request import RunRequest
from clientela.segmentation.inputs import prepare_inputs
from clientela.segmentation.segments.attribute_names import name_by_attributes
from clientela.settings import FitFeature, load_settings
from clientela.shop import load_shop


def load(root, name, source):
    settings = load_settings(name, conf=root / "conf")
    with duckdb.connect() as connection:
        return settings, load_shop(
            connection, settings, RunRequest(source=str(source), dataset=name, conf=root / "conf")
        )


@pytest.fixture(scope="module")
def mall(root, shared_data):
    return load(root, "mall_customers", shared_data / "mall_customers.csv")


def matrix(settings, data, fit):
    resolved = resolve_fit(fit, data.features, data.extra)
    inputs = prepare_inputs(None, data.features, fit=resolved, as_of=data.as_of, horizon_days=90)
    return inputs.present.matrix, inputs.columns


def test_mall_customers_without_scaling_have_the_published_silhouette(mall):
    """Five clusters of income and score, as in the notebooks that go with the data set: 0.55393."""
    settings, data = mall
    fit = {name: FitFeature(standardise=False, cap=(0.0, 1.0)) for name in ("income", "score")}
    points, _ = matrix(settings, data, fit)
    labels = KMeans(5, n_init=10, random_state=0).fit_predict(points)
    assert silhouette_score(points, labels) == pytest.approx(0.55393, abs=5e-6)


def test_mall_customers_are_named_by_income_and_score(mall):
    settings, data = mall
    points, columns = matrix(settings, data, settings.fit)
    ids = KMeans(5, n_init=10, random_state=0).fit_predict(points) + 1
    dataset = settings.dataset
    names = name_by_attributes(data.features, ids, columns=columns, labels=dataset.labels, levels=dataset.levels)
    assert {name.name["en"] for name in names.values()} == {
        "Low income, low score",
        "Low income, high score",
        "Medium income, medium score",
        "High income, low score",
        "High income, high score",
    }
    assert all(name.holds >= 0.9 for name in names.values())


def test_flo_has_recency_orders_and_spend_of_both_channels(root, shared_data):
    _, data = load(root, "flo", shared_data / "field" / "flo_data_20k.csv")
    assert len(data.features) == 19_945
    assert data.has_rfm
    assert data.period == (date(2013, 1, 14), date(2021, 5, 30))
    assert data.features["total_spend"].sum() == pytest.approx(14_983_567.31, abs=0.01)
    assert data.features["order_count"].min() >= 2
    assert data.features["days_since_last_purchase"].min() == 1


def test_wholesale_has_spend_but_no_dates(root, shared_data):
    _, data = load(root, "wholesale", shared_data / "field" / "wholesale.csv")
    assert len(data.features) == 440
    assert not data.has_rfm
    assert data.known_period is None
    assert np.isnan(data.features["days_since_last_purchase"]).all()
    assert data.features["total_spend"].sum() == pytest.approx(data.features["fresh"].sum() + data.features[
        ["milk", "grocery", "frozen", "detergents", "delicatessen"]
    ].to_numpy().sum())  # fmt: skip
