"""The shared checks of the gates on small tables, at each limit and just beyond it."""

from datetime import date

import pandas as pd
import pytest

from clientela.registry import CheckResult, VersionSummary
from clientela.registry.checks import check_coverage, check_freshness, check_metrics

ANSWER_OF = {**dict.fromkeys("abcdef", 1), **dict.fromkeys("ghi", 2), "j": 3}
TOLERANCES = {"silhouette": 0.05, "stability": 0.1, "explained_spend": 0.05}


def summary(number: str, answer_of: dict[str, int], *, day: int = 1, **tags: str) -> VersionSummary:
    given = {"dataset": "shop", "silhouette": "0.4000", "stability": "0.9000", "explained_spend": "0.3000", **tags}
    return VersionSummary(number, given, date(2024, 1, day), pd.Series(answer_of))


CHAMPION = summary("1", ANSWER_OF)


def challenger(answer_of: dict[str, int], **given) -> VersionSummary:
    return summary("2", answer_of, **given)


class TestCovers:
    def test_new_customers_do_not_count(self):
        result = check_coverage(challenger({**ANSWER_OF, "new": 1}), CHAMPION, least=1.0)
        assert result == CheckResult(
            "covers",
            True,
            "The version knows 100.00% of the champion's 10 customers; at least 100.00% are required.",
            1.0,
            1.0,
        )

    @pytest.mark.parametrize(("least", "passed"), [(1.0, False), (0.9, True), (0.91, False)])
    def test_missing_customers_are_counted_without_their_ids(self, least, passed):
        without = {id_: segment for id_, segment in ANSWER_OF.items() if id_ != "j"}
        result = check_coverage(challenger({**without, "new": 1}), CHAMPION, least=least)
        assert (result.passed, result.measured, result.required) == (passed, 0.9, least)
        assert result.sentence == (
            f"The version knows 90.00% of the champion's 10 customers; at least {least:.2%} are required (1 missing)."
        )


class TestMetrics:
    def result(self, champion: VersionSummary = CHAMPION, **tags: str) -> CheckResult:
        return check_metrics(challenger(ANSWER_OF, **tags), champion, tolerances=TOLERANCES)

    def test_the_sentence_names_both_values_of_each_metric(self):
        result = self.result(silhouette="0.35")
        assert result == CheckResult(
            "metrics",
            True,
            "Silhouette is 0.3500, the champion's is 0.4000 (at least 0.3500 is required); "
            "stability is 0.9000, the champion's is 0.9000 (at least 0.8000 is required); "
            "explained_spend is 0.3000, the champion's is 0.3000 (at least 0.2500 is required).",
            "silhouette 0.3500, stability 0.9000, explained_spend 0.3000",
            "silhouette 0.3500, stability 0.8000, explained_spend 0.2500",
        )

    @pytest.mark.parametrize(
        ("name", "least", "less"),
        [
            ("silhouette", "0.3500", "0.3499"),
            ("stability", "0.8000", "0.7999"),
            ("explained_spend", "0.2500", "0.2499"),
        ],
    )
    def test_a_metric_may_be_worse_up_to_its_tolerance(self, name, least, less):
        assert self.result(**{name: least}).passed
        assert not self.result(**{name: less}).passed

    def test_a_better_metric_does_not_offset_a_worse_one(self):
        assert not self.result(silhouette="0.9", stability="0.1").passed

    @pytest.mark.parametrize("value", ["nan", "inf", "", "good"])
    def test_a_metric_without_a_value_is_skipped(self, value):
        result = self.result(silhouette=value)
        assert result.passed
        assert result.sentence.startswith("Silhouette is not known for this version; stability is 0.9000")
        assert result.measured == "stability 0.9000, explained_spend 0.3000"
        result = self.result(summary("1", ANSWER_OF, silhouette=value))
        assert result.sentence.startswith("Silhouette is not known for the champion; ")

    def test_without_any_metric_the_check_passes(self):
        bare = VersionSummary("1", {}, date(2024, 1, 1), pd.Series(ANSWER_OF))
        result = check_metrics(bare, bare, tolerances=TOLERANCES)
        assert (result.passed, result.measured, result.required) == (True, None, None)
        assert result.sentence.count("is not known for this version and the champion") == 3


class TestFresh:
    @pytest.mark.parametrize(("day", "passed"), [(9, False), (10, True), (11, True)])
    def test_the_date_must_not_precede_the_champions(self, day, passed):
        result = check_freshness(challenger(ANSWER_OF, day=day), summary("1", ANSWER_OF, day=10))
        assert result == CheckResult(
            "fresh",
            passed,
            f"As-of date 2024-01-{day:02d} must not precede the champion's (2024-01-10).",
            f"2024-01-{day:02d}",
            "2024-01-10",
        )
