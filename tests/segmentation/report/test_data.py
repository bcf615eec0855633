import json
from dataclasses import asdict
from datetime import date

import numpy as np
import pandas as pd
import pytest

from clientela.contracts import CUSTOMER_FEATURES
from clientela.segmentation.report.data import (
    describe,
    leaderboard,
    project,
    ranked,
    recency_frequency_grid,
    sample_points,
    summarise,
)
from clientela.segmentation.report.data import report as report_of
from clientela.segmentation.segments.rules import Condition, Rule, RuleList

FREQUENT = Condition("order_count", ">", 4.5)
RARE = Condition("order_count", "<=", 4.5)
RECENT = Condition("days_since_last_purchase", "<=", 30.5)
RULES = RuleList(
    rules=(
        Rule(1, (FREQUENT, RECENT), 300, 0.9),
        Rule(2, (RARE,), 2_500, 0.8),
        Rule(1, (FREQUENT,), 1_200, 0.7),
    ),
    rule_of=np.array([0, 1, 2]),
    fidelity=0.85,
    depth=2,
)


def customers(count=200, seed=0):
    """Customers without the features that need times of day; half of them have one order, so no gaps."""
    rng = np.random.default_rng(seed)
    features = pd.DataFrame({"customer_id": [f"C{row}" for row in range(count)]})
    features = features.assign(
        days_since_last_purchase=rng.integers(1, 400, count).astype(float),
        order_count=rng.integers(1, 20, count).astype(float),
        total_spend=rng.gamma(2.0, 100.0, count),
        mean_days_between_orders=np.where(np.arange(count) % 2, np.nan, 9.0),
    )
    return features.reindex(columns=CUSTOMER_FEATURES.names)


def test_the_leaderboard_has_a_row_a_candidate_in_the_order_given(evaluations, verdicts):
    board = leaderboard(evaluations, verdicts)
    assert [row["name"] for row in board] == [
        "rfm_rules",
        "kmeans k=2",
        "kmeans k=5",
        "hdbscan min_cluster_share=0.05",
        "gaussian_mixture k=4",
    ]
    assert board[2] == {
        "name": "kmeans k=5",
        "verdict": "winner",
        "separation": 0.41,
        "bic": None,
        "explained_spend": 0.25,
        "segment_count": 5.0,
        "silhouette": 0.32,
        "stability": 0.8,
        "reason": "Of 2 it explains 0.250 of next-period spend.",
    }


def test_all_rows_of_the_leaderboard_have_the_same_columns_in_the_same_order(evaluations, verdicts):
    first, *others = (list(row) for row in leaderboard(evaluations, verdicts))
    assert all(columns == first for columns in others)


def test_what_is_unknown_is_none(evaluations, verdicts):
    noise = leaderboard(evaluations, verdicts)[3]
    assert (noise["separation"], noise["silhouette"], noise["bic"]) == (None, None, None)


def test_a_verdict_is_missing_or_too_many(evaluations, verdicts):
    with pytest.raises(ValueError, match="zip"):
        leaderboard(evaluations, verdicts[1:])


def test_the_ranking_is_winner_shortlist_baseline_rejected(evaluations, verdicts):
    assert [row["verdict"] for row in ranked(leaderboard(evaluations, verdicts))] == [
        "winner",
        "shortlisted",
        "baseline",
        "rejected",
        "rejected",
    ]


def test_each_verdict_is_ranked_by_separation_and_those_without_one_come_last():
    board = [{"verdict": "rejected", "separation": value} for value in (None, -0.2, 0.5, 0.0, 0.4)]
    assert [row["separation"] for row in ranked(board)] == [0.5, 0.4, 0.0, -0.2, None]


def test_ranking_equals_keeps_their_order():
    board = [{"verdict": "shortlisted", "separation": 0.4, "name": name} for name in "bca"]
    assert [row["name"] for row in ranked(board)] == ["b", "c", "a"]


def described(profiles, names, **changes):
    given = {
        "features": customers(3),
        "rules": RULES,
        "typical": {1: [2, 0], 2: [1]},
        "habits": {1: {"weekdays": [1.0]}},
        "attributes": {2: [{"name": "age"}]},
    }
    return describe(profiles, names, **{**given, **changes})


def test_a_described_segment_has_its_profile_its_texts_and_all_that_is_known_of_it(profiles, names):
    first, second = described(profiles, names)
    features = customers(3)
    figures = {
        "days_since_last_purchase": features["days_since_last_purchase"][2],
        "order_count": features["order_count"][2],
        "total_spend": features["total_spend"][2],
        "mean_days_between_orders": 9.0,
    }
    told = {key: value for key, value in first.items() if key not in asdict(profiles[0])}
    assert {key: first[key] for key in asdict(profiles[0])} == asdict(profiles[0])
    assert told == {
        "title": "Champions",
        "rule": "champions",
        "name": {"en": "Champions", "pt-BR": "Campeões"},
        "description": {"en": "d1"},
        "action": {"en": "a1"},
        "medoids": [
            {"customer_id": "C2", "figures": figures},
            {"customer_id": "C0", "figures": first["medoids"][1]["figures"]},
        ],
        "rules": [
            {"conditions": [asdict(FREQUENT)], "customers": 1_200, "precision": 0.7},
            {"conditions": [asdict(FREQUENT), asdict(RECENT)], "customers": 300, "precision": 0.9},
        ],
        "habits": {"weekdays": [1.0]},
        "attributes": [],
    }
    assert (second["id"], second["rank"], second["title"]) == (2, 2, "Lost")
    assert (second["habits"], second["attributes"]) == (None, [{"name": "age"}])
    assert [rule["customers"] for rule in second["rules"]] == [2_500]


def test_a_described_segment_has_the_shape_that_the_report_renders(profiles, names, report):
    (first, *_) = described(profiles, names)
    assert set(report["segments"][0]) <= set(first)


def test_what_a_typical_customer_does_not_have_is_left_out(profiles, names):
    _, second = described(profiles, names)
    (customer,) = second["medoids"]
    assert set(customer["figures"]) == {"days_since_last_purchase", "order_count", "total_spend"}


def test_a_segment_that_no_rule_leads_to_has_none(profiles, names):
    _, second = described(profiles, names, rules=RuleList(RULES.rules[:1], RULES.rule_of, 0.5, 2))
    assert second["rules"] == []


def test_described_segments_are_plain_data(profiles, names):
    text = json.dumps(described(profiles, names), allow_nan=False)
    assert [segment["id"] for segment in json.loads(text)] == [1, 2]


def test_a_segment_without_a_name_is_an_error(profiles, names):
    with pytest.raises(ValueError, match="zip"):
        described(profiles, names[:1])


def test_a_summary_tells_what_was_compared_on_what():
    ledger = pd.DataFrame({"rule": ["source", "duplicate", "bad_price"], "rows_left": [1000, 990, 950]})
    summary = summarise(
        dataset="shop",
        title="A Shop",
        currency="BRL",
        location="shop.csv",
        digest="abc",
        as_of=date(2024, 5, 1),
        ledger=ledger,
        customers=70,
        board=[{}, {}, {}],
    )
    assert summary == {
        "dataset": "shop",
        "title": "A Shop",
        "currency": "BRL",
        "location": "shop.csv",
        "digest": "abc",
        "as_of": "2024-05-01",
        "rows_in": 1000,
        "rows_kept": 950,
        "customers": 70,
        "candidate_count": 3,
    }
    assert json.loads(json.dumps(summary)) == summary


# The report


def shapes(told):
    """The keys of plain data, down to the first row of each list."""
    if isinstance(told, dict):
        return {key: shapes(value) for key, value in told.items()}
    return [shapes(told[0])] if isinstance(told, list) and told and isinstance(told[0], dict) else None


@pytest.fixture
def told(report):
    """The report of the conftest made again from what it tells."""
    shop, data = report["shop"], report["data"]
    summary = {
        **{key: shop[key] for key in ("title", "dataset", "currency", "as_of", "location", "digest")},
        **{key: data[key] for key in ("rows_in", "rows_kept", "customers")},
        "segments": report["segments"],
        "migration": report["migration"],
        "link": "http://127.0.0.1:5000",
    }
    ledger = pd.DataFrame(data["ledger"]).astype({"money_out": object}).assign(example=[None, np.nan, "order <7>"])
    return report_of(
        summary,
        homepage=shop["homepage"],
        licence=shop["licence"],
        period=(date(2010, 12, 1), date(2011, 12, 9)),
        ledger=ledger,
        board=report["board"][::-1],
        choice=report["board"][0],
        columns=data["features_fit"],
        dropped=data["features_dropped"],
        points=report["points"],
        grid=report["grid"],
        rules=RULES,
        proof=report["proof"],
    )


def test_the_report_has_the_shape_that_is_rendered(told, report):
    expected = shapes(report)
    expected["choice"].pop("calinski_harabasz")
    assert shapes(told) == expected


def test_the_report_tells_the_data_and_the_choice(told, report):
    assert told["shop"] == report["shop"]
    assert (told["data"]["first_order"], told["data"]["last_order"]) == ("2010-12-01", "2011-12-09")
    assert told["data"]["revenue"] == sum(segment["spend"] for segment in report["segments"])
    assert told["data"]["features_dropped"] == {"evening_share": "the source does not have it"}
    assert told["choice"] == {**report["board"][0], "algorithm": "kmeans", "candidate_count": 2}
    assert [row["verdict"] for row in told["board"]] == ["winner", "rejected"]
    assert told["rules"] == {"fidelity": 0.85, "leaves": 3, "depth": 2, "customers": 720}


def test_what_the_ledger_does_not_know_is_none_and_the_report_is_json(told):
    assert [row["example"] for row in told["data"]["ledger"]] == [None, None, "order <7>"]
    json.dumps(told, allow_nan=False)


# Points and the grid


def test_the_sample_is_what_it_says_of_the_customers():
    features, sample = customers(), np.array([5, 0, 150])
    ids = np.arange(200) % 3 + 4
    matrix = np.random.default_rng(1).normal(size=(200, 4))
    points = sample_points(features, matrix, ids, sample=sample, seed=0)
    for name, column in (("recency", "days_since_last_purchase"), ("orders", "order_count"), ("spend", "total_spend")):
        assert points[name] == features[column].iloc[sample].tolist()
    assert points["segment"] == [6, 4, 4]
    assert len(points["silhouette"]) == len(points["x"]) == len(points["y"]) == 3
    assert points == sample_points(features, matrix, ids, sample=sample, seed=0)
    json.dumps(points, allow_nan=False)


def test_silhouettes_are_high_where_segments_lie_apart():
    ids = np.repeat([1, 2], 100)
    matrix = np.random.default_rng(1).normal(size=(200, 3)) + 50.0 * (ids == 2)[:, None]
    points = sample_points(customers(), matrix, ids, sample=np.arange(0, 200, 2), seed=0)
    assert min(points["silhouette"]) > 0.9


def test_the_projection_keeps_the_widest_directions():
    matrix = np.random.default_rng(0).normal(size=(500, 3)) * [1.0, 10.0, 3.0]
    points, shares = project(matrix, seed=0)
    assert points.shape == (500, 2)
    np.testing.assert_allclose(np.abs(points[:, 0]), np.abs(matrix[:, 1] - matrix[:, 1].mean()), atol=0.5)
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == pytest.approx(100 / 110, abs=0.02)
    assert 0.9 < sum(shares) <= 1.0


def test_one_feature_is_one_axis():
    points, shares = project(np.arange(10.0)[:, None], seed=0)
    assert shares == [1.0, 0.0]
    assert not points[:, 1].any()


@pytest.mark.parametrize("seed", range(5))
def test_the_grid_sums_to_the_customers_and_the_revenue(seed):
    features = customers(137, seed=seed)
    ids = np.random.default_rng(seed).integers(1, 6, 137)
    grid = recency_frequency_grid(features, ids)
    assert np.sum(grid["customers"]) == 137
    assert np.sum(grid["spend"]) == pytest.approx(features["total_spend"].sum())
    assert np.shape(grid["customers"]) == np.shape(grid["spend"]) == np.shape(grid["segment"]) == (5, 5)
    empty = np.array(grid["customers"]) == 0
    assert ((np.array(grid["segment"], dtype=object) == None) == empty).all()  # noqa: E711
    assert len(grid["recency_edges"]) == len(grid["frequency_edges"]) == 4
    json.dumps(grid, allow_nan=False)


def test_the_newest_stand_above_and_the_most_frequent_to_the_right():
    features = pd.DataFrame(
        {
            "days_since_last_purchase": [1.0, 1.0, 100.0, 200.0, 300.0, 400.0, 400.0],
            "order_count": [9.0, 9.0, 4.0, 3.0, 2.0, 1.0, 1.0],
            "total_spend": [500.0, 300.0, 40.0, 30.0, 20.0, 10.0, 5.0],
        }
    )
    grid = recency_frequency_grid(features, np.array([8, 8, 2, 2, 2, 3, 3]))
    assert (grid["customers"][0][4], grid["spend"][0][4], grid["segment"][0][4]) == (2, 800.0, 8)
    assert (grid["customers"][4][0], grid["spend"][4][0], grid["segment"][4][0]) == (2, 15.0, 3)
    assert (grid["customers"][0][0], grid["spend"][0][0], grid["segment"][0][0]) == (0, 0.0, None)


def test_a_cell_belongs_to_the_segment_of_most_of_its_customers():
    features = customers(6).assign(days_since_last_purchase=3.0, order_count=2.0)
    grid = recency_frequency_grid(features, np.array([7, 5, 5, 5, 7, 9]))
    assert [id_ for row in grid["segment"] for id_ in row if id_ is not None] == [5]


def test_customers_who_are_all_alike_stand_in_one_cell():
    features = customers(8).assign(days_since_last_purchase=3.0, order_count=1.0)
    grid = recency_frequency_grid(features, np.ones(8, int))
    assert sorted(count for row in grid["customers"] for count in row)[-2:] == [0, 8]
