"""Attributes and event features in the fit: indicators, transforms and weights of blocks."""

from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pytest

from clientela.features.events import Aggregate, EventFeatures
from clientela.features.extra import ExtraFeatures, indicators, resolve_fit, with_indicators
from clientela.features.scaling import make_scaler
from clientela.settings import FitFeature

RNG = np.random.default_rng(0)
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": [str(i) for i in range(400)],
        "days_since_last_purchase": RNG.integers(1, 300, 400).astype(float),
        "order_count": RNG.integers(1, 9, 400).astype(float),
        "total_spend": RNG.lognormal(3, 1, 400),
    }
)
ATTRIBUTES = pd.DataFrame(
    {
        "customer_id": CUSTOMERS["customer_id"],
        "age": RNG.normal(40, 9, 400),
        "income": RNG.lognormal(3, 1, 400),
        "city": RNG.choice(["Rio", "Recife", "Natal"], 400, p=[0.7, 0.2, 0.1]),
    }
)
KINDS = {"age": "numeric", "income": "numeric", "city": "categorical"}


def extra(*in_fit):
    return ExtraFeatures(ATTRIBUTES, (), KINDS, frozenset(in_fit), dict.fromkeys(KINDS, "attributes"))


def matrix(fit, one):
    values = one.at(duckdb.connect(), date(2024, 1, 1), CUSTOMERS["customer_id"])
    features = one.add(CUSTOMERS, values)
    resolved = resolve_fit(fit, features, one)
    return resolved, make_scaler(resolved).fit_transform(features[list(resolved)])


def variance(X, resolved, *names):
    chosen = [i for i, column in enumerate(resolved) if column.partition("=")[0] in names]
    return X[:, chosen].var(axis=0).sum()


def test_a_category_has_half_the_variance_of_a_number():
    fit = {"age": FitFeature(cap=(0, 1)), "city": FitFeature()}
    resolved, X = matrix(fit, extra("age", "city"))
    assert list(resolved) == ["age", "city=Rio", "city=Recife", "city=Natal"]
    assert variance(X, resolved, "age") == pytest.approx(1.0)
    assert variance(X, resolved, "city") == pytest.approx(0.5)


def test_indicators_of_a_category_keep_one_scale():
    # Two customers of different cities are equally far apart, whichever the cities are: a rare one does not stand out.
    resolved, X = matrix({"age": FitFeature(), "city": FitFeature()}, extra("age", "city"))
    steps = [np.ptp(X[:, i]) for i, column in enumerate(resolved) if column.startswith("city=")]
    assert steps == pytest.approx([steps[0]] * 3)


def test_no_block_has_more_variance_than_another():
    behaviour = dict.fromkeys(["days_since_last_purchase", "order_count", "total_spend"], FitFeature(cap=(0, 1)))
    resolved, X = matrix({**behaviour, "age": FitFeature(cap=(0, 1))}, extra("age"))
    assert variance(X, resolved, *behaviour) == pytest.approx(1.0)
    assert variance(X, resolved, "age") == pytest.approx(1.0)


def test_one_block_keeps_its_weights():
    behaviour = {"order_count": FitFeature(weight=2.0), "total_spend": FitFeature()}
    assert {name: one.weight for name, one in resolve_fit(behaviour, CUSTOMERS, ExtraFeatures()).items()} == {
        "order_count": 2.0,
        "total_spend": 1.0,
    }


def test_auto_takes_logarithms_where_the_tail_is_long():
    auto = FitFeature(transform="auto")
    resolved, _ = matrix({"age": auto, "income": auto}, extra("age", "income"))
    assert (resolved["age"].transform, resolved["income"].transform) == ("none", "log")


def test_rare_values_and_ids_make_no_columns():
    values = pd.Series(["a"] * 500 + ["b"] * 4 + [None])
    assert list(indicators("letter", values)) == ["letter=a"]
    assert indicators("id", pd.Series([str(i) for i in range(200)])) == {}


def test_a_value_that_no_customer_has_any_more_is_zero():
    features = pd.DataFrame({"city=Rio": [1.0, 0.0]})
    assert with_indicators(features, ["city=Rio", "city=Natal"])["city=Natal"].tolist() == [0.0, 0.0]
    assert with_indicators(features, ["age=4"]) is features


def test_a_value_with_two_underscores_can_be_scaled():
    fit = {"plan=a__b": FitFeature(cap=(0, 1)), "age": FitFeature()}
    assert make_scaler(fit).fit_transform(pd.DataFrame({"plan=a__b": [0.0, 1.0], "age": [3.0, 5.0]})).shape == (2, 2)


@pytest.fixture
def visits():
    connection = duckdb.connect()
    connection.execute(
        "create table events_visits (customer_id varchar, occurred_at timestamp, category varchar, value double)"
    )
    rows = [
        ("7", "2024-01-06 10:00", "food", 3.0),  # a Saturday
        ("7", "2024-01-08 19:00", "food", None),
        ("7", "2024-01-08 20:00", "luxury", 0.1),
        ("7", "2024-02-01 00:00", "luxury", 99.0),  # the as-of date
        ("8", "2024-03-01 00:00", "food", 1.0),
    ]
    connection.executemany("insert into events_visits values (?, ?, ?, ?)", rows)
    return connection


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        (Aggregate("count"), 3.0),
        (Aggregate("count", days=25), 2.0),
        (Aggregate("active_days"), 2.0),
        (Aggregate("days_since_first"), 26.0),
        (Aggregate("days_since_last"), 24.0),
        (Aggregate("weekend_share"), 1 / 3),
        (Aggregate("evening_share"), 2 / 3),
        (Aggregate("category_share", of="luxury"), 1 / 3),
        (Aggregate("most_frequent"), "food"),
        (Aggregate("distinct"), 2.0),
        (Aggregate("sum"), 3.1),
        (Aggregate("mean"), 1.55),
        (Aggregate("max"), 3.0),
    ],
)
def test_an_aggregate_uses_earlier_events_only(visits, aggregate, expected):
    found = EventFeatures("events_visits", {"it": aggregate}).at(visits, date(2024, 2, 1))
    value = found.set_index("customer_id").loc["7", "it"]
    assert value == (expected if isinstance(expected, str) else pytest.approx(expected))


def test_a_customer_without_events_has_none_and_no_share(visits):
    source = EventFeatures("events_visits", {"visits": Aggregate("count"), "weekend": Aggregate("weekend_share")})
    one = ExtraFeatures(None, [source], {"visits": "numeric", "weekend": "numeric"}, frozenset({"visits", "weekend"}))
    found = one.at(visits, date(2024, 2, 1), pd.Series(["9", "8", "7"]))
    assert found["visits"].tolist() == [0.0, 0.0, 3.0]
    assert found["weekend"].isna().tolist() == [True, True, False]
