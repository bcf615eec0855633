import json
import shlex
from datetime import date

import pandas as pd
import pytest

from clientela.reports import texts
from clientela.reports.summary import describe, leaderboard, ranked


@pytest.fixture
def segments(profiles, names):
    return describe(profiles, names)


@pytest.fixture
def board(evaluations, verdicts):
    return ranked(leaderboard(evaluations, verdicts))


@pytest.fixture
def summary(board, segments):
    return {
        "title": "A Shop",
        "as_of": "2024-05-01",
        "currency": "BRL",
        "customers": 4_000,
        "rows_in": 12_000,
        "rows_kept": 11_500,
        "candidate_count": len(board),
        "link": "http://127.0.0.1:5000/#/leaderboard",
        "winner": board[0],
        "segments": segments,
        "model": "customer-segments",
        "version": 4,
        "alias": "challenger",
        "example_ids": ["12346", "017850"],
    }


def cells(markdown):
    """The cells of a Markdown table; every line must open and close with a bar and have as many cells as the head."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in lines)
    rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]
    assert {len(row) for row in rows} == {len(rows[0])}
    assert all(set(cell) <= set("-:") and "-" in cell for cell in rows[1])
    return [rows[0], *rows[2:]]


def curl_of(text):
    """The words of the curl command, as a shell reads them."""
    return shlex.split(text[text.index("curl ") :].replace("\\\n", " "))


def rejected(count):
    return [{"name": f"candidate {i}", "verdict": "rejected", "separation": 0.1} for i in range(count)]


# Plain tables


def test_numbers_stand_to_the_right_and_text_to_the_left():
    rows = [{"name": "a", "count": 7, "share": 0.25}, {"name": "long", "count": 1234, "share": 12.5}]
    assert texts.plain_table(rows, ("name", "count", "share")).splitlines() == [
        "name  count   share",
        "a         7   0.250",
        "long  1,234  12.500",
    ]


def test_nothing_stands_for_none_and_for_a_column_that_a_row_lacks():
    rows = [{"name": "a", "share": None, "why": "x"}, {"name": "b", "share": 0.5}]
    assert texts.plain_table(rows, ("name", "share", "why")).splitlines() == [
        "name  share  why",
        "a            x",
        "b     0.500",
    ]


@pytest.mark.parametrize(
    "value, text",
    [
        (0.12345, "0.123"),
        (3.0, "3"),
        (1234.567, "1,235"),
        (-1874.2, "-1,874"),
        (1_234_567, "1,234,567"),
        (0, "0"),
        ("as it is", "as it is"),
        (None, ""),
    ],
)
def test_how_a_value_is_written(value, text):
    assert texts.plain_table([{"v": value}], ["v"]).split("\n")[1].strip() == text


def test_a_table_without_rows_is_its_head():
    assert texts.plain_table([], ("name", "count")) == "name  count"


# Texts for a terminal


def test_the_ledger_shows_each_rule_with_its_rows_and_money():
    ledger = pd.DataFrame(
        {
            "rule": ["source", "bad_price"],
            "rows_out": [0, 40],
            "rows_changed": [0, 0],
            "money_out": [0.0, -12.5],
            "rows_left": [1_000, 960],
            "money_left": [50_000.0, 50_012.5],
            "example": ["", "a row"],
        }
    )
    lines = texts.ledger_text(ledger, title="A Shop", location="shop.csv").splitlines()
    assert lines[0] == "A Shop (shop.csv)"
    assert lines[2].split() == ["rule", "rows_out", "rows_changed", "money_out", "rows_left", "money_left"]
    assert lines[4].split() == ["bad_price", "40", "0", "-12.500", "960", "50,012"]


def test_inputs_tell_what_the_fit_leaves_out_and_why():
    text = texts.inputs_text(
        customers=4338,
        as_of=date(2011, 12, 10),
        dropped={"evening_share": "the source does not have it"},
        has_past=True,
    )
    assert text.splitlines() == [
        "4,338 customers as of 2011-12-10.",
        "The fit leaves out evening_share: the source does not have it.",
    ]


def test_inputs_tell_that_the_history_is_too_short():
    text = texts.inputs_text(customers=60, as_of=date(2011, 3, 1), dropped={}, has_past=False)
    assert "too short" in text.splitlines()[1]


@pytest.mark.parametrize(
    "count, more", [(16, "... and 1 more in leaderboard.csv"), (40, "... and 25 more in leaderboard.csv")]
)
def test_the_leaderboard_shows_its_head_and_how_many_more_there_are(count, more):
    text = texts.leaderboard_text(rejected(count))
    assert text.count("candidate ") == 15
    assert text.endswith(f"candidate 14  rejected       0.100\n{more}\n")


def test_a_short_leaderboard_is_shown_in_full():
    text = texts.leaderboard_text(rejected(15))
    assert text.count("candidate ") == 15
    assert "more" not in text


def test_segments_are_listed_with_their_shares(segments):
    lines = texts.segments_text(segments).splitlines()
    assert lines[0].split("  ")[0].strip() == "id"
    assert lines[1].split() == ["1", "Champions", "1,200", "30.0%", "80.0%", "2,500"]
    assert lines[2].split() == ["2", "Lost", "2,800", "70.0%", "20.0%", "268"]


# Markdown


def test_every_candidate_has_a_line_with_its_reason(board):
    head, *rows = cells(texts.reasons_note(board))
    assert head == ["candidate", "verdict", "reason"]
    assert [row[0] for row in rows] == [row["name"] for row in board]
    assert rows[-1] == [
        "hdbscan min_cluster_share=0.05",
        "rejected",
        "It has 0 segments; the settings ask for 3 to 10.",
    ]


@pytest.mark.parametrize("currency, money", [("BRL", "mean spend (BRL)"), ("", "mean spend")])
def test_the_segments_table_is_well_formed(segments, currency, money):
    head, *rows = cells(texts.segments_table(segments, currency))
    assert head == ["", "segment", "customers", "share", "of spend", money, "median days since", "median orders"]
    assert rows == [
        ["1", "Champions", "1,200", "30.0%", "80.0%", "2,500", "9", "6"],
        ["2", "Lost", "2,800", "70.0%", "20.0%", "268", "3", "2"],
    ]


def test_the_comparisons_note_has_the_choice_its_reason_and_the_segments(summary):
    note = texts.comparison_note(summary)
    assert note.startswith("### A Shop, as of 2024-05-01\n")
    assert "4,000 customers, 11,500 of 12,000 rows kept; 5 candidates." in note
    assert "[Leaderboard](http://127.0.0.1:5000/#/leaderboard)" in note
    assert "**Chosen: `kmeans k=5`.** Of 2 it explains 0.250 of next-period spend." in note
    assert len(cells(note)) == 3


def test_the_comparisons_note_tells_when_nothing_was_chosen(summary):
    note = texts.comparison_note({key: value for key, value in summary.items() if key not in ("winner", "segments")})
    assert "**No candidate kept the limits**" in note
    assert "reasons.md" in note


def test_a_versions_note_has_its_data_its_scores_and_the_segments(summary):
    note = texts.version_note(summary)
    assert "segments, as of **2024-05-01** (4,000 customers). Clustering: `kmeans k=5`; silhouette 0.320" in note
    assert "stability 0.80." in note
    assert len(cells(note)) == 3


# Next steps


def test_the_next_steps_name_the_version_and_how_to_look_and_serve(summary):
    text = texts.next_steps(summary)
    assert text.startswith("customer-segments version 4 is registered as challenger: kmeans k=5, 2 segments.")
    assert "  mlflow ui\n" in text
    assert "  mlflow models serve -m models:/customer-segments@champion -p 5001 --env-manager local" in text
    assert summary["link"] in text


def test_a_challenger_is_to_be_promoted_a_champion_is_not(summary):
    promote = "mlflow run . -e promote -P version=4 --env-manager local"
    assert promote in texts.next_steps(summary)
    assert "promote" not in texts.next_steps({**summary, "alias": "champion"})


@pytest.mark.parametrize(
    "ids",
    [["12346"], ["12346", "017850"], ["CS5295", "João"], ['the "best"', "O'Neill", "back\\slash", "$HOME `ls`"]],
    ids=["one", "two", "letters", "quotes"],
)
def test_the_curl_command_asks_for_the_example_customers(summary, ids):
    words = curl_of(texts.next_steps({**summary, "example_ids": ids}))
    assert words[:2] == ["curl", "http://127.0.0.1:5001/invocations"]
    assert words[words.index("-H") + 1] == "Content-Type: application/json"
    body = json.loads(words[words.index("-d") + 1])
    assert body == {"dataframe_split": {"columns": ["customer_id"], "data": [[id_] for id_ in ids]}}
