import json
import shlex
from datetime import date

import numpy as np
import pandas as pd
import pytest

from clientela.reporting.tables import inputs_text, ledger_text, plain_table
from clientela.segmentation.clustering.leaderboard import leaderboard, ranked
from clientela.segmentation.report import texts
from clientela.segmentation.segments.naming_rules import Portrait
from clientela.segmentation.segments.rules import RuleList
from clientela.segmentation.segments.segment_data import segments_data


@pytest.fixture
def segments(profiles, names):
    features = pd.DataFrame({"customer_id": ["1"], "total_spend": [1.0]})
    rules = RuleList((), np.array([]), 1.0, 0)
    portraits = [Portrait(profile, pd.DataFrame({"total_spend": [1.0]})) for profile in profiles]
    return segments_data(
        portraits, names, before={}, features=features, rules=rules, typical={1: [0], 2: []}, habits={}, attributes={}
    )


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
        "report": None,
    }


@pytest.fixture
def changes():
    """Since version 3: one segment stays, one is new, one is gone."""
    return {
        "from_version": "3",
        "from_as_of": "2024-02-01",
        "shared": 3_000,
        "moved": 375,
        "moved_share": 0.125,
        "redrawn_share": 0.031,
        "arrived": 1_000,
        "left": 40,
        "previous": [
            {"id": 1, "name": {"en": "Champions", "pt-BR": "Campeões"}, "customers": 1_040},
            {"id": 7, "name": {"en": "Old hands", "pt-BR": "Veteranos"}, "customers": 2_000},
        ],
        "flows": [
            {"from": 1, "to": 1, "customers": 1_000},
            {"from": 7, "to": 2, "customers": 2_000},
            {"from": 1, "to": None, "customers": 40},
            {"from": None, "to": 2, "customers": 1_000},
        ],
        "new": [2],
        "gone": [7],
        "matched": [
            {
                "id": 1,
                "jaccard": 0.9,
                "previous_name": {"en": "Loyal", "pt-BR": "Fiéis"},
                "renamed_by_rules": {"en": "Bulk buyers", "pt-BR": "Atacado"},
            }
        ],
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
    assert plain_table(rows, ("name", "count", "share")).splitlines() == [
        "name  count   share",
        "a         7   0.250",
        "long  1,234  12.500",
    ]


def test_nothing_stands_for_none_and_for_a_column_that_a_row_lacks():
    rows = [{"name": "a", "share": None, "why": "x"}, {"name": "b", "share": 0.5}]
    assert plain_table(rows, ("name", "share", "why")).splitlines() == [
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
    assert plain_table([{"v": value}], ["v"]).split("\n")[1].strip() == text


def test_a_table_without_rows_is_its_head():
    assert plain_table([], ("name", "count")) == "name  count"


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
    lines = ledger_text(ledger, title="A Shop", location="shop.csv").splitlines()
    assert lines[0] == "A Shop (shop.csv)"
    assert lines[2].split() == ["rule", "rows_out", "rows_changed", "money_out", "rows_left", "money_left"]
    assert lines[4].split() == ["bad_price", "40", "0", "-12.500", "960", "50,012"]


def test_inputs_tell_what_the_fit_leaves_out_and_why():
    text = inputs_text(
        4338,
        date(2011, 12, 10),
        dropped={"evening_share": "the source does not have it"},
        has_past=True,
    )
    assert text.splitlines() == [
        "4,338 customers as of 2011-12-10.",
        "The fit leaves out evening_share: the source does not have it.",
    ]


def test_inputs_tell_that_the_history_is_too_short():
    text = inputs_text(60, date(2011, 3, 1), dropped={}, has_past=False)
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


def test_segments_are_listed_in_a_language(segments):
    assert texts.segments_text(segments, language="pt-BR").splitlines()[1].split()[:2] == ["1", "Campeões"]


# What changed since the version before


def test_the_migration_tells_who_moved_and_what_became_of_the_segments(changes, segments):
    assert texts.migration_text(changes, segments).splitlines() == [
        "Continues version 3 (as of 2024-02-01): 12.5% of 3,000 customers are in another segment, 1,000 arrived, "
        "40 left; new clusters alone moved 3.1%.",
        "New segment: Lost.",
        "Gone: Old hands.",
        "Loyal is now Champions (id 1): the conditions of its earlier name no longer hold.",
        "Champions keeps its name; by today's rules it would be Bulk buyers.",
    ]


def test_a_migration_in_which_the_segments_stay_is_one_line(changes, segments):
    matched = [{"id": 1, "jaccard": 1.0, "previous_name": None, "renamed_by_rules": None}]
    text = texts.migration_text({**changes, "new": [], "gone": [], "matched": matched}, segments)
    assert text.endswith("3.1%.\n")
    assert text.count("\n") == 1


@pytest.mark.parametrize(
    "language, titles", [("en", ("Champions", "Old hands", "Lost")), ("pt-BR", ("Campeões", "Veteranos", "Perdidos"))]
)
def test_the_matrix_has_a_row_a_pair_and_nothing_for_those_who_arrived_and_left(changes, segments, language, titles):
    stays, gone, new = titles
    rows = texts.migration_rows(changes, segments, language=language)
    assert rows == [
        {"from": stays, "to": stays, "customers": 1_000},
        {"from": gone, "to": new, "customers": 2_000},
        {"from": stays, "to": None, "customers": 40},
        {"from": None, "to": new, "customers": 1_000},
    ]
    counts = pd.DataFrame(rows)["customers"]
    assert counts.sum() == changes["shared"] + changes["arrived"] + changes["left"]


def test_a_segment_that_is_called_otherwise_now_has_each_name_on_its_side(changes, segments):
    before = [{**changes["previous"][0], "name": {"en": "Stars"}}, changes["previous"][1]]
    (row, *_) = texts.migration_rows({**changes, "previous": before}, segments)
    assert (row["from"], row["to"]) == ("Stars", "Champions")


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


# MLflow shows no tables in the description of a version.
LIST = """1. **Champions**: 1,200 customers (30.0%); 80.0% of the spend, 2,500 BRL on average; medians: 6 orders, the last 9 days ago
2. **Lost**: 2,800 customers (70.0%); 20.0% of the spend, 268 BRL on average; medians: 2 orders, the last 3 days ago"""  # noqa: E501


def test_the_list_of_segments_leaves_out_what_the_data_set_does_not_know(summary):
    plain = [{**segment, "spend_share": None, "medians": {}} for segment in summary["segments"]]
    assert texts.segments_list(plain, "") == (
        "1. **Champions**: 1,200 customers (30.0%)\n2. **Lost**: 2,800 customers (70.0%)"
    )


def test_the_comparisons_note_has_the_choice_its_reason_and_the_segments(summary):
    note = texts.comparison_note(summary)
    assert note.startswith("### A Shop, as of 2024-05-01\n")
    assert "4,000 customers, 11,500 of 12,000 rows kept; 5 candidates." in note
    assert "[Leaderboard](http://127.0.0.1:5000/#/leaderboard)" in note
    assert "**Chosen: `kmeans k=5`.** Of 2 it explains 0.250 of next-period spend." in note
    assert len(cells(note)) == 3


def test_the_notes_and_the_next_steps_have_the_caveats(summary):
    given = {**summary, "caveats": ["Customers differ little.", "Spend cannot be predicted."]}
    for note in (texts.comparison_note(given), texts.version_note(given)):
        assert "> **Note.** Customers differ little.\n" in note
        assert "> **Note.** Spend cannot be predicted.\n" in note
    assert "Note: Customers differ little.\nNote: Spend cannot be predicted.\n" in texts.next_steps(given)
    assert "Note" not in texts.version_note(summary) + texts.comparison_note(summary) + texts.next_steps(summary)


def test_a_versions_note_leaves_out_scores_that_do_not_exist(summary):
    rules = {"name": "rfm_rules", "verdict": "fallback", "reason": "It is left.", "silhouette": None}
    note = texts.version_note({**summary, "winner": rules})
    assert "Clustering: `rfm_rules`.\n" in note


def test_a_versions_note_has_its_data_its_scores_and_the_segments(summary):
    note = texts.version_note(summary)
    assert "segments, as of **2024-05-01** (4,000 customers). Clustering: `kmeans k=5`; silhouette 0.320" in note
    assert "stability 0.80." in note
    assert note.endswith(f"\n\n{LIST}")


def test_a_refreshs_note_names_the_clusters_the_moves_and_the_segments(summary, changes):
    refresh = {**summary, "migration": changes, "clustering": "kmeans k=5 of version 3"}
    note = texts.refresh_note(refresh)
    assert "segments, as of **2024-05-01** (4,000 customers). A refresh: kmeans k=5 of version 3. 12.5% of" in note
    assert "of 3,000 customers are in another segment now, 1,000 arrived, 40 left." in note
    assert note.endswith(f"\n\n{LIST}")


# Next steps


def test_a_score_tells_how_many_are_where_and_what_was_written():
    table = pd.DataFrame(
        {"customer_id": ["1", "2", "3"], "segment_id": [2, 1, 2], "segment": ["Lost", "Champions", "Lost"]}
    )
    summary = {"table": table, "rows": 3, "model": "customer-segments", "version": "4", "output": "scores.csv"}
    assert texts.scored(summary).splitlines() == [
        "segment    customers",
        "Champions          1",
        "Lost               2",
        "",
        "3 customers, by customer-segments version 4: scores.csv",
    ]
    arms = texts.scored({**summary, "table": table.assign(arm=["treated", "treated", "control"])}).splitlines()
    assert [line.split() for line in arms[:4]] == [
        ["segment", "arm", "customers"],
        ["Champions", "treated", "1"],
        ["Lost", "control", "1"],
        ["Lost", "treated", "1"],
    ]


def test_a_refresh_tells_its_version_and_how_to_promote_it(summary, changes):
    assert texts.refreshed({**summary, "migration": changes}).splitlines() == [
        "customer-segments version 4 is registered as challenger, as of 2024-05-01, with the segments of version 3.",
        "Make it the champion:",
        "  clientela promote --version 4",
    ]


@pytest.mark.parametrize(
    "report, first_step",
    [("out/report.html", "  out/report.html"), (None, "  report.html among the artifacts of the run, in")],
)
def test_the_next_steps_begin_with_the_report(summary, report, first_step):
    lines = texts.next_steps({**summary, "report": report}).splitlines()
    assert lines[2] == "Read the report:"
    assert lines[3].startswith(first_step)


def test_the_next_steps_name_the_version_and_how_to_look_and_serve(summary):
    text = texts.next_steps(summary)
    assert text.startswith("customer-segments version 4 is registered as challenger: kmeans k=5, 2 segments.")
    assert "  clientela ui\n" in text
    assert "  mlflow models serve -m models:/customer-segments@champion -p 5001 --env-manager local" in text
    assert summary["link"] in text


def test_a_challenger_is_to_be_promoted_a_champion_is_not(summary):
    promote = "clientela promote --version 4"
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


def test_the_notes_of_versions_name_the_segments_with_another_name(summary, changes):
    summary |= {"migration": changes, "clustering": "the clusters of version 3"}
    assert "New names" not in texts.version_note(summary) + texts.refresh_note(summary)
    summary["segments"][0]["previous_name"] = {"en": "Loyal", "pt-BR": "Fiéis"}
    for note in (texts.version_note(summary), texts.refresh_note(summary)):
        assert " New names: Loyal is now Champions." in note
