"""Each check of the gate on small tables, at its limit and just beyond it."""

from datetime import date

import pandas as pd
import pytest

from clientela.registry import Gate, Side, gates
from clientela.segmentation import gate as segment_gates

# Ten customers: six in segment 1, three in 2, one in 3.
SEGMENT_OF = {**dict.fromkeys("abcdef", 1), **dict.fromkeys("ghi", 2), "j": 3}
LIMITS = {
    "covers": 1.0,
    "worse_by": {"silhouette": 0.05, "stability": 0.1, "explained_spend": 0.05},
    "continued": 0.5,
    "least_overlap": 0.3,
    "moved": 0.5,
    "redrawn": None,
}


def side(number: str, segment_of: dict[str, int], *, day: int = 1, **tags: str) -> Side:
    given = {"dataset": "shop", "silhouette": "0.4000", "stability": "0.9000", "explained_spend": "0.3000", **tags}
    return Side(number, given, date(2024, 1, day), pd.Series(segment_of))


CHAMPION = side("1", SEGMENT_OF)


def related(segment_of: dict[str, int], **given) -> Side:
    return side("2", segment_of, continues="1", **given)


class TestCompare:
    def test_the_same_customers_in_the_same_segments_pass_every_check(self):
        results = segment_gates.compare(related(SEGMENT_OF), CHAMPION, **LIMITS)
        assert [(gate.name, gate.passed) for gate in results] == [
            (name, True) for name in ("comparable", "covers", "metrics", "segments", "drift", "fresh")
        ]

    def test_each_check_is_told_its_own_limit(self):
        worse = related({**dict.fromkeys("abcde", 7), **dict.fromkeys("ghi", 2)}, silhouette="0.3")
        worse = Side("2", worse.tags, date(2023, 12, 31), worse.segment_of)
        results = segment_gates.compare(worse, CHAMPION, **LIMITS)
        assert {gate.name for gate in results if not gate.passed} == {"covers", "metrics", "segments", "drift", "fresh"}
        lenient = {"covers": 0.8, "worse_by": dict.fromkeys(LIMITS["worse_by"], 0.1), "continued": 0.3, "moved": 0.625}
        results = segment_gates.compare(worse, CHAMPION, **{**LIMITS, **lenient})
        assert {gate.name for gate in results if not gate.passed} == {"fresh"}

    def test_of_another_data_set_nothing_else_is_compared(self):
        (gate,) = segment_gates.compare(side("2", {}, dataset="demo"), CHAMPION, **LIMITS)
        assert gate == Gate(
            "comparable",
            False,
            "Version 2 is made of the data set 'demo', the champion (version 1) of 'shop': they cannot be compared.",
            "demo",
            "shop",
        )

    def test_without_a_champion_all_pass_and_say_so(self):
        results = segment_gates.no_champion()
        assert [gate.name for gate in results] == [
            gate.name for gate in segment_gates.compare(related(SEGMENT_OF), CHAMPION, **LIMITS)
        ]
        assert {(gate.passed, gate.sentence) for gate in results} == {(True, "There is no champion to compare with.")}


class TestCovers:
    def test_customers_who_arrive_do_not_count(self):
        gate = gates.knows_the_customers(related({**SEGMENT_OF, "new": 1}), CHAMPION, least=1.0)
        assert gate == Gate(
            "covers",
            True,
            "It knows 100.00% of the champion's 10 customers; at least 100.00% are required.",
            1.0,
            1.0,
        )

    @pytest.mark.parametrize(("least", "passed"), [(1.0, False), (0.9, True), (0.91, False)])
    def test_a_customer_who_is_missing_is_counted_and_not_named(self, least, passed):
        without = {id_: segment for id_, segment in SEGMENT_OF.items() if id_ != "j"}
        gate = gates.knows_the_customers(related({**without, "new": 1}), CHAMPION, least=least)
        assert (gate.passed, gate.measured, gate.required) == (passed, 0.9, least)
        assert gate.sentence == (
            f"It knows 90.00% of the champion's 10 customers; at least {least:.2%} are required (1 missing)."
        )


class TestMetrics:
    def judged(self, champion: Side = CHAMPION, **tags: str) -> Gate:
        return gates.keeps_the_metrics(related(SEGMENT_OF, **tags), champion, worse_by=LIMITS["worse_by"])

    def test_both_figures_of_each_are_told(self):
        gate = self.judged(silhouette="0.35")
        assert gate == Gate(
            "metrics",
            True,
            "Silhouette is 0.3500 against 0.4000 (at least 0.3500 is required); stability is 0.9000 against 0.9000 "
            "(at least 0.8000 is required); explained_spend is 0.3000 against 0.3000 (at least 0.2500 is required).",
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
    def test_each_may_be_worse_by_so_much_and_no_more(self, name, least, less):
        assert self.judged(**{name: least}).passed
        assert not self.judged(**{name: less}).passed

    def test_one_that_is_better_does_not_make_up_for_one_that_is_worse(self):
        assert not self.judged(silhouette="0.9", stability="0.1").passed

    @pytest.mark.parametrize("value", ["nan", "inf", "", "good"])
    def test_what_is_not_known_is_not_judged(self, value):
        gate = self.judged(silhouette=value)
        assert gate.passed
        assert gate.sentence.startswith("Silhouette is not known of this version; stability is 0.9000")
        assert gate.measured == "stability 0.9000, explained_spend 0.3000"
        gate = self.judged(side("1", SEGMENT_OF, silhouette=value))
        assert gate.sentence.startswith("Silhouette is not known of the champion; ")

    def test_where_nothing_is_known_it_passes(self):
        bare = Side("1", {}, date(2024, 1, 1), pd.Series(SEGMENT_OF))
        gate = gates.keeps_the_metrics(bare, bare, worse_by=LIMITS["worse_by"])
        assert (gate.passed, gate.measured, gate.required) == (True, None, None)
        assert gate.sentence.count("is not known of this version and the champion") == 3


class TestSegments:
    @pytest.mark.parametrize(
        ("kept", "share", "passed"),
        [({1, 2, 3}, 1.0, True), ({1}, 0.6, True), ({2, 3}, 0.4, False), ({9}, 0.0, False)],
    )
    def test_each_segment_counts_by_its_customers(self, kept, share, passed):
        current = pd.Series(sorted(kept), [f"new{id_}" for id_ in kept])
        gate = segment_gates.keeps_the_segments(current, CHAMPION, least=0.5)
        assert (gate.passed, gate.measured, gate.required) == (passed, pytest.approx(share), 0.5)
        assert gate.sentence == (
            f"{len(kept - {9})} of the champion's 3 segments, with {share:.1%} of its customers, are still there; "
            "at least 50.0% are required."
        )

    def test_exactly_what_is_required_is_enough(self):
        assert segment_gates.keeps_the_segments(pd.Series({"a": 1}), CHAMPION, least=0.6).passed


class TestDrift:
    CURRENT = pd.Series({**SEGMENT_OF, "a": 2, "b": 2, "new": 3})

    @pytest.mark.parametrize(("most", "passed"), [(0.2, True), (0.19, False)])
    def test_of_the_common_customers_in_another_segment(self, most, passed):
        gate = segment_gates.keeps_the_places(self.CURRENT, CHAMPION, most=most, redrawn=0.05)
        assert (gate.passed, gate.measured, gate.required) == (passed, 0.2, most)
        assert gate.sentence == (
            f"20.0% of the 10 common customers are in another segment; at most {most:.1%} may be. "
            "New clusters alone put 5.0% of its customers elsewhere."
        )

    @pytest.mark.parametrize(
        ("redrawn", "told"), [(0.0, "None of it by new clusters."), (None, "The part of new clusters is not known.")]
    )
    def test_the_part_of_new_clusters(self, redrawn, told):
        assert segment_gates.keeps_the_places(self.CURRENT, CHAMPION, most=1, redrawn=redrawn).sentence.endswith(told)

    def test_customers_who_left_do_not_count(self):
        assert (
            segment_gates.keeps_the_places(pd.Series({"a": 1, "b": 2}), CHAMPION, most=0.5, redrawn=None).measured
            == 0.5
        )

    def test_without_common_customers_nobody_has_moved(self):
        gate = segment_gates.keeps_the_places(pd.Series({"new": 1}), CHAMPION, most=0.0, redrawn=None)
        assert (gate.passed, gate.measured) == (True, None)


class TestFresh:
    @pytest.mark.parametrize(("day", "passed"), [(9, False), (10, True), (11, True)])
    def test_not_before_the_champions_date(self, day, passed):
        gate = gates.is_fresh(related(SEGMENT_OF, day=day), side("1", SEGMENT_OF, day=10))
        assert gate == Gate(
            "fresh",
            passed,
            f"It is as of 2024-01-{day:02d}; the champion is as of 2024-01-10, before which it must not lie.",
            f"2024-01-{day:02d}",
            "2024-01-10",
        )


# The champion's segments under other numbers, of which one is the number of another segment.
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
    def test_of_a_version_that_continues_the_other_they_are_its_own(self, ours, theirs):
        challenger, champion = side("2", PERMUTED, **ours), side("1", SEGMENT_OF, **theirs)
        ids = segment_gates.under_the_ids_of(champion, challenger, least_overlap=0.3)
        assert ids.to_dict() == PERMUTED

    @pytest.mark.parametrize("tags", [{}, {"continues": "0"}, {"clusters_of": "0"}])
    def test_of_a_stranger_they_follow_from_the_common_customers(self, tags):
        challenger = side("2", {**PERMUTED, "new": 3, "newer": 9}, **tags)
        ids = segment_gates.under_the_ids_of(CHAMPION, challenger, least_overlap=0.3)
        assert ids.to_dict() == {**SEGMENT_OF, "new": 2, "newer": -10}

    def test_a_stranger_with_the_same_numbers_of_other_segments_does_not_pass(self):
        # 1 and 2 hold as many of each other's customers as chance would have it.
        shuffled = dict(zip("abcdefghij", [1, 2, 3, 1, 2, 3, 1, 2, 3, 1], strict=True))
        stranger = side("2", shuffled)
        results = {
            gate.name: gate for gate in segment_gates.compare(stranger, CHAMPION, **{**LIMITS, "least_overlap": 0.9})
        }
        assert results["segments"].measured == 0.0
        assert results["drift"].measured == 1.0
        assert not results["segments"].passed
        assert not results["drift"].passed

    def test_strangers_without_common_customers_have_nothing_in_common(self):
        ids = segment_gates.under_the_ids_of(CHAMPION, side("2", {"new": 1}), least_overlap=0.3)
        assert ids.to_dict() == {"new": -2}
