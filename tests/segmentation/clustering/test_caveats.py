from dataclasses import replace
from pathlib import Path

import pytest

from clientela.segmentation.clustering.candidates import Candidate
from clientela.segmentation.clustering.caveats import caveats_of
from clientela.segmentation.clustering.continuing import CONTINUED
from clientela.segmentation.clustering.selection import Verdict
from clientela.settings import load_settings

SELECTION = load_settings("demo", conf=Path(__file__).resolve().parents[3] / "conf").selection


def codes(evaluations, kinds, *, is_predictable=True, returning_share=0.6, selection=SELECTION):
    verdicts = [Verdict(kind, "A reason.", 0.4) for kind in kinds]
    caveats = caveats_of(
        evaluations, verdicts, selection, is_predictable=is_predictable, returning_share=returning_share
    )
    assert all(str(caveat).endswith(".") for caveat in caveats)
    return [caveat.code for caveat in caveats]


@pytest.fixture
def rules(candidate):
    return candidate("rfm_rules", explained_spend=0.25)


def test_a_winner_has_no_caveat(candidate, rules):
    assert codes([rules, candidate()], ["baseline", "winner"]) == []


@pytest.mark.parametrize(
    "metrics, expected",
    [
        ({"stability": 0.6}, ["caveat_soft"]),
        ({"explained_spend": 0.24}, ["caveat_baseline"]),
        ({"stability": 0.6, "explained_spend": 0.24}, ["caveat_soft", "caveat_baseline"]),
        ({"stability": 0.6, "explained_spend": None}, ["caveat_soft"]),
    ],
)
def test_a_fallback_names_the_limits_that_it_misses(candidate, rules, metrics, expected):
    assert codes([rules, candidate(**metrics)], ["baseline", "fallback"]) == expected


def test_continued_clusters_name_the_limits_that_they_miss(candidate, rules):
    continued = replace(
        candidate(stability=0.6, explained_spend=0.24), candidate=Candidate(CONTINUED, {"version": "3"})
    )
    kinds = ["baseline", "shortlisted", "winner"]
    assert codes([rules, candidate(), continued], kinds) == ["caveat_soft", "caveat_baseline"]
    kept = replace(candidate(), candidate=Candidate(CONTINUED, {"version": "3"}))
    assert codes([rules, candidate(stability=0.6), kept], kinds) == []


def test_a_limit_that_is_off_is_not_missed(candidate, rules):
    off = SELECTION.model_copy(update={"beats_baseline": False})
    worse = candidate(explained_spend=0.1, stability=0.6)
    assert codes([rules, worse], ["baseline", "fallback"], selection=off) == ["caveat_soft"]
    assert codes([rules, worse], ["baseline", "fallback"], is_predictable=False) == [
        "caveat_soft", "caveat_unpredictable",
    ]  # fmt: skip


def test_without_purchases_no_caveat_speaks_of_them(candidate):
    assert codes([candidate(stability=0.6)], ["fallback"]) == ["caveat_soft_features"]
    assert codes([candidate(stability=None, smallest_share=0.01)], ["fallback"]) == ["caveat_sizes"]


def test_the_rfm_rules_are_marked(candidate, rules):
    assert codes([rules, candidate(segment_count=2.0)], ["fallback", "rejected"]) == ["caveat_rules"]
    assert codes([rules], ["fallback"]) == ["caveat_alike"]


@pytest.mark.parametrize("share, expected", [(0.0, ["caveat_one_time"]), (0.099, ["caveat_one_time"]), (0.1, [])])
def test_a_shop_of_one_time_buyers_is_told_so(candidate, rules, share, expected):
    assert codes([rules, candidate()], ["baseline", "winner"], returning_share=share) == expected


def test_each_caveat_names_a_setting_that_would_change_it(candidate, rules):
    verdicts = [Verdict("baseline", "", 0.4), Verdict("fallback", "", 0.4)]
    given = {"is_predictable": True, "returning_share": 1.0}
    missing = caveats_of([rules, candidate(stability=0.613, explained_spend=0.2)], verdicts, SELECTION, **given)
    assert "the stability is 0.61, the limit is 0.75 (stability in conf/selection.yaml)" in missing[0]
    assert "0.250 of next-period spend explained instead of 0.200" in missing[1]
    assert "beats_baseline in conf/selection.yaml" in missing[1]
