import pytest

from clientela.segmentation.clustering.leaderboard import leaderboard, ranked


def test_the_leaderboard_has_one_row_per_candidate_in_the_order_given(evaluations, verdicts):
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


def test_unknown_figures_are_none(evaluations, verdicts):
    noise = leaderboard(evaluations, verdicts)[3]
    assert (noise["separation"], noise["silhouette"], noise["bic"]) == (None, None, None)


def test_a_missing_verdict_is_an_error(evaluations, verdicts):
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
