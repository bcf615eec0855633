import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from clientela.segmentation.report.data import (
    leaderboard,
    ranked,
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
