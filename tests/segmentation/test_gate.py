"""Each check of the segments' gate on small tables, at each limit and just beyond it."""

from datetime import date

import pandas as pd
import pytest

from clientela.registry import CheckResult, VersionSummary
from clientela.registry.model_kind import first_version_checks
from clientela.segmentation import gate as segment_gate
from clientela.settings import PromotionSettings

# Ten customers: six in segment 1, three in 2, one in 3.
SEGMENT_OF = {**dict.fromkeys("abcdef", 1), **dict.fromkeys("ghi", 2), "j": 3}
LIMITS = {
    "seconds_to_load": 60,
    "covers": 1.0,
    "worse_by": {"silhouette": 0.05, "stability": 0.1, "explained_spend": 0.05},
    "continued": 0.5,
    "least_overlap": 0.3,
    "moved": 0.5,
    "churn_worse_by": {"roc_auc": 0.03, "average_precision": 0.05},
}


def summary(number: str, segment_of: dict[str, int], *, day: int = 1, **tags: str) -> VersionSummary:
    given = {"dataset": "shop", "silhouette": "0.4000", "stability": "0.9000", "explained_spend": "0.3000", **tags}
    return VersionSummary(number, given, date(2024, 1, day), pd.Series(segment_of))


CHAMPION = summary("1", SEGMENT_OF)


def related(segment_of: dict[str, int], **given) -> VersionSummary:
    return summary("2", segment_of, continues="1", **given)


@pytest.fixture(autouse=True)
def no_run(monkeypatch):
    """No run holds a metric, so the share of new clusters is not known."""
    monkeypatch.setattr("clientela.registry.run_metrics", lambda run: {})


def check(challenger: VersionSummary, champion: VersionSummary = CHAMPION, **limits) -> list[CheckResult]:
    return segment_gate.gate_checks(challenger, champion, PromotionSettings.model_validate({**LIMITS, **limits}))


class TestCompare:
    def test_the_same_customers_in_the_same_segments_pass_every_check(self):
        results = check(related(SEGMENT_OF))
        assert [(result.name, result.passed) for result in results] == [
            (name, True) for name in ("comparable", "covers", "metrics", "segments", "drift", "fresh")
        ]

    def test_each_check_has_its_own_limit(self):
        worse = related({**dict.fromkeys("abcde", 7), **dict.fromkeys("ghi", 2)}, silhouette="0.3")
        worse = VersionSummary("2", worse.tags, date(2023, 12, 31), worse.answer_of)
        results = check(worse)
        assert {result.name for result in results if not result.passed} == {
            "covers",
            "metrics",
            "segments",
            "drift",
            "fresh",
        }
        lenient = {
            "covers": 0.8,
            "worse_by": {**LIMITS["worse_by"], "silhouette": 0.1},
            "continued": 0.3,
            "moved": 0.625,
        }
        results = check(worse, **lenient)
        assert {result.name for result in results if not result.passed} == {"fresh"}

    def test_with_another_data_set_only_the_data_set_is_compared(self):
        (result,) = check(summary("2", {}, dataset="demo"))
        assert result == CheckResult(
            "comparable",
            False,
            "Both versions must be built from the same data set. Version 2 was built from 'demo', "
            "the champion (version 1) from 'shop'.",
            "demo",
            "shop",
        )

    def test_without_a_champion_all_checks_pass(self):
        results = first_version_checks(segment_gate.CHECKS)
        assert [result.name for result in results] == [result.name for result in check(related(SEGMENT_OF))]
        assert {(result.passed, result.sentence) for result in results} == {
            (True, "There is no champion to compare with.")
        }


class TestSegments:
    @pytest.mark.parametrize(
        ("kept", "share", "passed"),
        [({1, 2, 3}, 1.0, True), ({1}, 0.6, True), ({2, 3}, 0.4, False), ({9}, 0.0, False)],
    )
    def test_each_segment_is_weighted_by_its_customers(self, kept, share, passed):
        current = pd.Series(sorted(kept), [f"new{id_}" for id_ in kept])
        result = segment_gate.check_segments(current, CHAMPION, least=0.5)
        assert (result.passed, result.measured, result.required) == (passed, pytest.approx(share), 0.5)
        assert result.sentence == (
            f"{len(kept - {9})} of the champion's 3 segments, with {share:.1%} of its customers, still exist; "
            "at least 50.0% are required."
        )

    def test_the_required_share_itself_passes(self):
        assert segment_gate.check_segments(pd.Series({"a": 1}), CHAMPION, least=0.6).passed


class TestDrift:
    CURRENT = pd.Series({**SEGMENT_OF, "a": 2, "b": 2, "new": 3})

    @pytest.mark.parametrize(("most", "passed"), [(0.2, True), (0.19, False)])
    def test_common_customers_in_another_segment_are_counted(self, most, passed):
        result = segment_gate.check_drift(self.CURRENT, CHAMPION, most=most, redrawn=0.05)
        assert (result.passed, result.measured, result.required) == (passed, 0.2, most)
        assert result.sentence == (
            f"20.0% of the 10 common customers are in another segment; at most {most:.1%} are allowed. "
            "New clusters alone moved 5.0% of the version's customers."
        )

    @pytest.mark.parametrize(
        ("redrawn", "text"),
        [(0.0, "None of them due to new clusters."), (None, "The share due to new clusters is not known.")],
    )
    def test_the_sentence_says_what_new_clusters_moved(self, redrawn, text):
        assert segment_gate.check_drift(self.CURRENT, CHAMPION, most=1, redrawn=redrawn).sentence.endswith(text)

    def test_customers_who_left_do_not_count(self):
        assert segment_gate.check_drift(pd.Series({"a": 1, "b": 2}), CHAMPION, most=0.5, redrawn=None).measured == 0.5

    def test_without_common_customers_the_check_passes(self):
        result = segment_gate.check_drift(pd.Series({"new": 1}), CHAMPION, most=0.0, redrawn=None)
        assert (result.passed, result.measured) == (True, None)


# The champion's segments with permuted ids.
PERMUTED = {**dict.fromkeys("abcdef", 2), **dict.fromkeys("ghi", 3), "j": 8}


class TestIds:
    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [
            ({"continues": "1"}, {}),
            ({}, {"continues": "2"}),
            ({"clusters_of": "1"}, {}),
            ({}, {"clusters_of": "2"}),
            ({"clusters_of": "0"}, {"clusters_of": "0"}),
        ],
    )
    def test_a_version_that_continues_the_other_keeps_its_ids(self, ours, theirs):
        challenger, champion = summary("2", PERMUTED, **ours), summary("1", SEGMENT_OF, **theirs)
        ids = segment_gate.under_champion_ids(champion, challenger, least_overlap=0.3)
        assert ids.to_dict() == PERMUTED

    @pytest.mark.parametrize("tags", [{}, {"continues": "0"}, {"clusters_of": "0"}])
    def test_ids_of_unrelated_versions_are_matched_by_common_customers(self, tags):
        challenger = summary("2", {**PERMUTED, "new": 3, "newer": 9}, **tags)
        ids = segment_gate.under_champion_ids(CHAMPION, challenger, least_overlap=0.3)
        assert ids.to_dict() == {**SEGMENT_OF, "new": 2, "newer": -10}

    def test_an_unrelated_version_with_the_same_ids_fails(self):
        # 1 and 2 hold as many of each other's customers as chance would have it.
        shuffled = dict(zip("abcdefghij", [1, 2, 3, 1, 2, 3, 1, 2, 3, 1], strict=True))
        stranger = summary("2", shuffled)
        results = {result.name: result for result in check(stranger, least_overlap=0.9)}
        assert results["segments"].measured == 0.0
        assert results["drift"].measured == 1.0
        assert not results["segments"].passed
        assert not results["drift"].passed

    def test_unrelated_versions_without_common_customers_share_no_id(self):
        ids = segment_gate.under_champion_ids(CHAMPION, summary("2", {"new": 1}), least_overlap=0.3)
        assert ids.to_dict() == {"new": -2}


class TestGolden:
    def test_the_first_and_last_customer_of_each_segment_and_an_unknown_id_are_sent(self):
        segment_of = pd.Series({"a": 1, "b": 2, "c": 1, "nobody": 1, "d": 2, "e": 3})
        golden = segment_gate.golden_segments(segment_of, {1: "One", 2: "Two", 3: "Three"})
        assert golden.segments == {
            "a": (1, "One"), "nobody": (1, "One"), "b": (2, "Two"), "d": (2, "Two"), "e": (3, "Three"),
        }  # fmt: skip
        assert golden.unknown == "nobody-"
        assert golden.ids == [*golden.segments, "nobody-"]
