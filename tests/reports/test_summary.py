import json
from datetime import date

import pandas as pd
import pytest

from clientela.reports.summary import describe, leaderboard, ranked, summarise


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


def test_a_described_segment_has_its_profile_and_its_texts(profiles, names):
    first, second = describe(profiles, names)
    assert first == {
        "id": 1,
        "customers": 1_200,
        "customer_share": 0.3,
        "spend_share": 0.8,
        "mean_spend": 2_500.4,
        "medians": {"days_since_last_purchase": 9.0, "order_count": 6.0, "total_spend": 1_900.0},
        "ranks": {"days_since_last_purchase": 0.2, "order_count": 0.9, "total_spend": 0.9},
        "title": "Champions",
        "rule": "champions",
        "name": {"en": "Champions", "pt-BR": "Campeões"},
        "description": {"en": "d1"},
        "action": {"en": "a1"},
    }
    assert (second["id"], second["title"]) == (2, "Lost")


def test_described_segments_are_plain_data(profiles, names):
    described = describe(profiles, names)
    assert json.loads(json.dumps(described)) == described


def test_a_segment_without_a_name_is_an_error(profiles, names):
    with pytest.raises(ValueError, match="zip"):
        describe(profiles, names[:1])


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
