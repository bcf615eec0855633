"""The registered model: which ids are the same, what is answered, what is refused, that its file stands alone."""

import ast
import json
import math
import subprocess
import sys
from decimal import Decimal
from types import ModuleType

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.contracts import CUSTOMER_FEATURES
from clientela.lookup.customer_index import read_arrow
from clientela.lookup.ids import SEND, RequestError, canonical_id
from clientela.lookup.index_file import write_arrow
from clientela.lookup.limits import MAX_IDS_PER_REQUEST
from clientela.segmentation import version as index
from clientela.segmentation.model import WITHIN_REACH, SegmentLookup
from clientela.segmentation.segments.rules import explain_segments

from .versions import CUSTOMERS, RULES, SEGMENTS, condition, load, rule, text, write


def not_an_id(kind: str) -> str:
    return f"Each customer id must be text or a number. Got {kind} instead; {SEND}."


def ask(lookup, ids, **params):
    return lookup.predict(None, pd.DataFrame({"customer_id": pd.Series(ids, dtype=object)}), params or None)


class TestCanonicalId:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("17850", "17850"),
            (17850, "17850"),
            (17850.0, "17850"),
            ("17850.0", "17850"),
            ("17850.00", "17850"),
            ("-5.0", "-5"),
            (-5, "-5"),
            (-0.0, "0"),
            ("017850", "017850"),
            ("017850.0", "017850"),
            (" x ", "x"),
            ("\t17850.0\r\n", "17850"),
            ("a b", "a b"),
            ("CS5295", "CS5295"),
            ("1.50", "1.50"),
            (1.5, "1.5"),
            ("1.", "1."),
            (".0", ".0"),
            ("x.0", "x.0"),
            ("1.0.0", "1.0.0"),
            ("1.0\n2", "1.0\n2"),
            ("١٢.0", "١٢.0"),  # digits, but not those of an exported number
            ("1e20", "1e20"),
            (1e20, "1e+20"),
            (1e17, "100000000000000000"),
            (1e18, "1e+18"),
            (-1e18, "-1e+18"),
            (2**53 + 1, "9007199254740993"),
            (2**63, "9223372036854775808"),
            (10**30, "1" + "0" * 30),
            ("José", "José"),
            ("日本", "日本"),
            ("\u00a0x\u2009", "x"),  # white space of every kind, as spreadsheets and web pages add it
            ("\u202dx\u202c", "x"),  # marks of direction, which nobody sees
            ("a\u00a0b", "a\u00a0b"),  # an id may have white space within
            ("\u202e", None),
            ("a\x00b", "a\x00b"),
            ("None", "None"),
            ("nan", "nan"),
        ],
    )
    def test_one_text_for_each_way_of_writing_an_id(self, value, expected):
        assert canonical_id(value) == expected

    @pytest.mark.parametrize(
        "value",
        [None, pd.NA, pd.NaT, math.nan, np.float64("nan"), Decimal("nan"), "", " ", "\t\r\n"],
    )
    def test_no_value_is_none(self, value):
        assert canonical_id(value) is None

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (np.int64(17850), "17850"),
            (np.uint64(2**63 + 1), "9223372036854775809"),
            (np.int8(-3), "-3"),
            (np.float64(17850.0), "17850"),
            (np.float64(1.5), "1.5"),  # its repr is np.float64(1.5)
            (np.float32(17850), "17850"),
            (np.float16(0.5), "0.5"),
            (np.longdouble(17850), "17850"),
            (np.str_(" 17850.0 "), "17850"),
            (Decimal("17850.00"), "17850"),
            (Decimal("1E+5"), "100000"),
            (Decimal("1.50"), "1.50"),
        ],
    )
    def test_scalars_of_numpy_and_decimals_are_numbers(self, value, expected):
        got = canonical_id(value)
        assert got == expected
        assert type(got) is str

    @pytest.mark.parametrize(
        "value",
        [True, False, np.True_, [], ["17850"], {}, {"a": 1}, (1,), {1}, b"17850", 1j, pd.Timestamp(0), np.array(["1"])],
        ids=repr,
    )
    def test_what_is_no_id_is_refused(self, value):
        with pytest.raises(RequestError) as caught:
            canonical_id(value)
        assert caught.value.sentence == not_an_id(type(value).__name__)

    @pytest.mark.parametrize("value", [math.inf, -math.inf, np.float32("inf"), Decimal("-Infinity")], ids=repr)
    def test_infinity_is_refused(self, value):
        with pytest.raises(RequestError) as caught:
            canonical_id(value)
        assert caught.value.sentence == not_an_id("infinity")

    @given(st.integers(-(2**53) + 1, 2**53 - 1))
    def test_a_number_is_the_same_id_as_integer_as_text_and_as_float(self, number):
        expected = str(number)
        assert canonical_id(number) == canonical_id(expected) == canonical_id(float(number)) == expected
        assert canonical_id(np.int64(number)) == canonical_id(np.float64(number)) == expected
        assert canonical_id(f" {number}.0 ") == canonical_id(Decimal(number)) == expected

    @given(
        st.one_of(
            st.none(), st.text(), st.integers(), st.floats(allow_infinity=False), st.from_regex(r"\s*-?[0-9]*\.?0*\s*")
        )
    )
    def test_it_is_idempotent(self, value):
        once = canonical_id(value)
        assert once is None or (type(once) is str and once)
        assert canonical_id(once) == once

    @given(st.floats(allow_infinity=False))
    def test_two_floats_are_never_the_same_id(self, number):
        once = canonical_id(number)
        assert (once is None) if not math.isfinite(number) else (float(once) == number)


class TestPredict:
    def test_known_and_unknown_ids_in_order_with_duplicates(self, lookup):
        ids = ["José", "nobody", "12346", None, "José", 12346.0, "012346", "012346.0"]
        assert ask(lookup, ids) == [
            {"customer_id": "José", "segment": "Lost"},
            {"customer_id": "nobody", "segment": None},
            {"customer_id": "12346", "segment": "Champions"},
            {"customer_id": None, "segment": None},
            {"customer_id": "José", "segment": "Lost"},
            {"customer_id": "12346", "segment": "Champions"},
            {"customer_id": "012346", "segment": "Loyal"},
            {"customer_id": "012346", "segment": "Loyal"},
        ]

    @pytest.mark.parametrize(
        "column",
        [
            pd.Series([12346, 12346]),
            pd.Series([12346.0, 12346.0]),
            pd.Series(["12346", "12346"]),
            pd.Series(["12346", "12346"], dtype="string"),
            pd.Series(["12346", "12346"], dtype="category"),
            pd.Series([12346, 12346], dtype="Int64"),
            pd.Series([12346, 12346], dtype=pd.ArrowDtype(pa.int64())),
            pd.Series([np.int64(12346), "12346"], dtype=object),
            pd.Series([12346, 12346], index=["b", "b"]),
        ],
        ids=lambda column: f"{column.dtype}",
    )
    def test_every_kind_of_column_finds_the_customer(self, lookup, column):
        answer = lookup.predict(None, pd.DataFrame({"other": 1, "customer_id": column}))
        assert answer == [{"customer_id": "12346", "segment": "Champions"}] * 2

    @pytest.mark.parametrize("dtype", ["Int64", "Float64", "float64", "string", "object"])
    def test_a_missing_value_of_every_kind_is_null(self, lookup, dtype):
        frame = pd.DataFrame({"customer_id": pd.Series([12346 if dtype != "string" else "12346", None], dtype=dtype)})
        assert lookup.predict(None, frame)[1] == {"customer_id": None, "segment": None}

    def test_the_answer_is_json_without_nan(self, lookup):
        ids = [None, math.nan, pd.NA, "nobody", "12346", "\x00", "\u202e", "a\u202e1", "12346.0"]
        for detail in (False, True):
            text = json.dumps(ask(lookup, ids, detail=detail), allow_nan=False)
            assert [row["customer_id"] for row in json.loads(text)] == [
                None, None, None, "nobody", "12346", "\x00", None, "a\u202e1", "12346",
            ]  # fmt: skip

    def test_the_request_is_not_changed(self, lookup):
        frame = pd.DataFrame({"customer_id": [" 12346.0 ", None]}, dtype=object)
        before = frame.copy(deep=True)
        ask(lookup, frame["customer_id"], detail=True)
        lookup.predict(None, frame)
        pd.testing.assert_frame_equal(frame, before)

    @pytest.mark.parametrize("params", [None, {}, {"detail": False}, {"detail": None}, {"other": True}])
    def test_without_detail_there_is_only_the_segment(self, lookup, params):
        answer = lookup.predict(None, pd.DataFrame({"customer_id": ["12346"]}), params)
        assert answer == [{"customer_id": "12346", "segment": "Champions"}]


class TestDetail:
    def test_it_says_what_the_segment_means_and_the_customers_figures(self, lookup):
        (answer,) = ask(lookup, ["CS5295"], detail=True)
        assert answer == {
            "customer_id": "CS5295",
            "segment": "Loyal",
            "detail": {
                "segment_id": 2,
                "name": {"en": "Loyal", "pt-BR": "Loyal em português"},
                "previous_name": None,
                "description": {"en": "Loyal.", "pt-BR": "Loyal. em português"},
                "action": {"en": "Do it for Loyal.", "pt-BR": "Do it for Loyal. em português"},
                "new_customer": False,
                "as_of": "2024-01-31",
                "since": "2023-12-31",
                "customer": {
                    "days_since_last_purchase": 41.0,
                    "order_count": 4.0,
                    "total_spend": 280.5,
                    "mean_order_value": 70.125,
                },
                "why": {"agrees": True, "rule": text("order_count > 1.5 and total_spend <= 1000")},
                "next": {
                    "segment": text("Champions"),
                    "conditions": [
                        {
                            "feature": "total_spend",
                            "now": 280.5,
                            "op": ">",
                            "value": 1000.0,
                            "text": text("total_spend > 1000"),
                        }
                    ],
                },
            },
        }

    def test_versions_without_the_dates_do_not_say_since_when(self, tmp_path):
        version = load(write(tmp_path, customers=CUSTOMERS.drop(columns="since")))
        assert ask(version, ["CS5295"], detail=True)[0]["detail"]["since"] is None

    def test_other_values_than_dates_are_refused(self, files, tmp_path):
        table = read_arrow(str(files["customers"]))
        at = table.column_names.index("since")
        write_arrow(tmp_path / "customers.arrow", table.set_column(at, "since", table["since"].cast(pa.string())))
        with pytest.raises(ValueError, match="The column since of the customers must hold dates"):
            load({**files, "customers": tmp_path / "customers.arrow"})

    def test_a_name_that_changed_is_given_with_the_one_before(self, tmp_path):
        segments = [SEGMENTS[0], {**SEGMENTS[1], "previous_name": text("Champions of old")}, SEGMENTS[2]]
        (answer,) = ask(load(write(tmp_path, segments=segments)), ["CS5295"], detail=True)
        assert answer["detail"]["previous_name"] == text("Champions of old")

    @pytest.mark.parametrize(("days", "is_new"), [(90, True), (89, False)])
    def test_a_new_customer_is_told_apart_and_has_an_action_of_its_own(self, tmp_path, days, is_new):
        lookup = load(write(tmp_path, new_customers={"days": days, "action": text("Welcome.")}))
        (answer,) = ask(lookup, ["CS5295"], detail=True)  # first order 90 days ago
        assert answer["detail"]["new_customer"] is is_new
        assert answer["detail"]["action"] == text("Welcome." if is_new else "Do it for Loyal.")

    def test_a_version_that_does_not_say_who_is_new_answers_without_it(self, tmp_path):
        (answer,) = ask(load(write(tmp_path, new_customers=None)), ["CS5295"], detail=True)
        assert answer["detail"]["new_customer"] is None
        assert answer["detail"]["action"] == text("Do it for Loyal.")

    def test_a_version_without_the_tenure_of_its_customers_is_refused(self, tmp_path):
        rules = [{**rule, "conditions": []} for rule in RULES]
        with pytest.raises(ValueError, match="must have the column tenure_days"):
            load(write(tmp_path, customers=CUSTOMERS.drop(columns="tenure_days"), rules=rules))

    def test_every_customer_has_his_own_figures(self, lookup):
        ids = [*CUSTOMERS["customer_id"], "nobody", None]
        spend = [row["detail"] and row["detail"]["customer"]["total_spend"] for row in ask(lookup, ids[::-1], detail=1)]
        assert spend == [None, None, *CUSTOMERS["total_spend"][::-1]]

    def test_it_agrees_with_the_short_answer(self, lookup):
        ids = ["José", "nobody", None, "12346", "José"]
        detailed = ask(lookup, ids, detail=True)
        assert [{key: row[key] for key in ("customer_id", "segment")} for row in detailed] == ask(lookup, ids)

    def test_unknown_ids_alone_have_none(self, lookup):
        assert ask(lookup, ["nobody", None], detail=True) == [
            {"customer_id": "nobody", "segment": None, "detail": None},
            {"customer_id": None, "segment": None, "detail": None},
        ]

    def test_a_figure_that_is_not_known_is_null(self, tmp_path):
        spoken_of = ["days_since_last_purchase", "mean_order_value"]  # no rule speaks of them
        lookup = load(write(tmp_path, customers=CUSTOMERS.assign(**dict.fromkeys(spoken_of, np.nan))))
        answer = json.loads(json.dumps(ask(lookup, CUSTOMERS["customer_id"], detail=True), allow_nan=False))
        for row in answer:
            assert [row["detail"]["customer"][name] for name in spoken_of] == [None, None]

    def test_further_figures_of_the_rules_are_not_among_the_customers(self, lookup):
        (answer,) = ask(lookup, ["12346"], detail=True)
        assert tuple(answer["detail"]["customer"]) == index.FIGURES


class TestWhy:
    def test_it_tells_the_rule_that_applies_and_whether_it_leads_to_the_segment(self, lookup):
        answers = {row["customer_id"]: row["detail"] for row in ask(lookup, CUSTOMERS["customer_id"], detail=True)}
        for row in CUSTOMERS.itertuples():
            why = answers[row.customer_id]["why"]
            assert why["rule"] == RULES[row.rule]["text"]
            assert why["agrees"] is (RULES[row.rule]["segment_id"] == row.segment_id)
        assert [id_ for id_, detail in answers.items() if not detail["why"]["agrees"]] == ["José"]

    def test_who_is_in_another_segment_than_the_rule_says_keeps_the_models(self, lookup):
        (answer,) = ask(lookup, ["José"], detail=True)
        assert (answer["segment"], answer["detail"]["segment_id"]) == ("Lost", 3)
        assert answer["detail"]["why"] == {
            "agrees": False,
            "rule": text("order_count <= 1.5 and tenure_days > 400"),
        }


def nexts(folder, rules, *, segment_id=3, segments=SEGMENTS, **figures):
    """The answer's next segment of a customer with these figures, by these rules."""
    customer = CUSTOMERS.iloc[[0]].assign(customer_id="me", segment_id=segment_id, rule=0, **figures)
    lookup = load(write(folder, customers=customer, rules=rules, segments=segments))
    return ask(lookup, ["me"], detail=True)[0]["detail"]["next"]


def steps(next_segment) -> list[str]:
    return [bound["text"]["en"] for bound in next_segment["conditions"]]


class TestNext:
    def test_the_best_segment_has_none(self, lookup):
        assert ask(lookup, ["12346"], detail=True)[0]["detail"]["next"] is None

    def test_the_fewest_changes_come_first(self, lookup):
        # two orders lead to the loyal; the champions would take more money too
        next_segment = ask(lookup, ["{3F2504E0-4F89}"], detail=True)[0]["detail"]["next"]
        assert next_segment["segment"] == text("Loyal")
        assert steps(next_segment) == ["order_count > 1.5"]

    def test_of_as_many_changes_the_nearest_segment_comes_first(self, tmp_path):
        rules = [rule(1, condition("total_spend", ">", 50.0)), rule(2, condition("total_spend", ">", 40.0))]
        for order in (rules, rules[::-1]):
            assert nexts(tmp_path, order, total_spend=1.0)["segment"] == text("Loyal")

    def test_a_farther_segment_comes_first_where_it_takes_fewer_changes(self, tmp_path):
        rules = [
            rule(2, condition("total_spend", ">", 40.0), condition("order_count", ">", 3.5)),
            rule(1, condition("total_spend", ">", 50.0)),
        ]
        next_segment = nexts(tmp_path, rules, total_spend=1.0, order_count=1.0)
        assert (next_segment["segment"], steps(next_segment)) == (text("Champions"), ["total_spend > 50"])

    def test_the_rank_counts_and_not_the_id(self, tmp_path):
        # after a refit ids are in no order
        segments = [{**segment, "id": id_} for segment, id_ in zip(SEGMENTS, (9, 1, 4), strict=True)]
        rules = [rule(1, condition("total_spend", ">", 40.0)), rule(9, condition("total_spend", ">", 50.0))]
        next_segment = nexts(tmp_path, rules, segments=segments, segment_id=4, total_spend=1.0)
        assert next_segment["segment"] == text("Loyal")
        assert nexts(tmp_path, rules, segments=segments, segment_id=9, total_spend=1.0) is None

    def test_a_rule_that_holds_already_is_no_way(self, tmp_path):
        # the model has its reasons, which the rules do not tell
        assert nexts(tmp_path, [rule(2, condition("total_spend", ">", 40.0))], total_spend=50.0) is None

    def test_only_missing_conditions_are_listed(self, tmp_path):
        wanted = [condition("days_since_last_purchase", "<=", 30.5), condition("order_count", ">", 3.5)]
        next_segment = nexts(tmp_path, [rule(1, *wanted)], days_since_last_purchase=31.0, order_count=4.0)
        assert steps(next_segment) == ["days_since_last_purchase <= 30.5"]

    def test_bounds_are_kept_as_the_rules_mean_them(self, tmp_path):
        wanted = [condition("days_since_last_purchase", "<=", 30.0), condition("total_spend", ">", 40.0)]
        next_segment = nexts(tmp_path, [rule(1, *wanted)], days_since_last_purchase=30.0, total_spend=40.0)
        assert steps(next_segment) == ["total_spend > 40"]

    @pytest.mark.parametrize(
        ("feature", "op", "value"),
        [
            ("tenure_days", ">", 800.0),
            ("tenure_days", "<=", 100.0),
            ("order_count", "<=", 2.5),
            ("total_spend", "<=", 100.0),
            ("mean_order_value", "<=", 50.0),
            ("days_since_last_purchase", ">", 90.0),
            ("mean_days_between_orders", ">", 9.0),
            ("return_share", "<=", 0.1),
            ("weekend_share", ">", 0.5),
        ],
    )
    def test_a_condition_that_no_customer_can_change_leads_nowhere(self, tmp_path, feature, op, value):
        others = {"mean_days_between_orders": 3.0, "return_share": 0.5, "weekend_share": 0.1}
        assert nexts(tmp_path, [rule(1, condition(feature, op, value))], **others) is None
        # nor is it one step of several
        both = rule(1, condition("largest_order_value", ">", 1e6), condition(feature, op, value))
        assert nexts(tmp_path, [both], largest_order_value=1.0, **others) is None

    def test_a_fixed_condition_that_holds_does_not_matter(self, tmp_path):
        next_segment = nexts(
            tmp_path, [rule(1, condition("tenure_days", ">", 600.0), condition("order_count", ">", 30.5))]
        )
        assert steps(next_segment) == ["order_count > 30.5"]

    def test_a_purchase_ends_the_pause_that_a_rule_asks_for(self, tmp_path):
        # the customer keeps the pause, but not with another order
        pause = condition("days_since_last_purchase", ">", 200.0)
        asked = rule(2, pause, condition("order_count", ">", 30.5))
        assert nexts(tmp_path, [asked], days_since_last_purchase=300.0) is None

    @pytest.mark.parametrize(("precision", "is_told"), [(0.24, False), (0.49, False), (0.5, True), (1.0, True)])
    def test_a_rule_of_low_precision_is_not_offered(self, tmp_path, precision, is_told):
        weak = {**rule(1, condition("order_count", ">", 30.5)), "precision": precision}
        assert (nexts(tmp_path, [weak]) is not None) is is_told

    def test_what_is_within_reach_are_features_that_a_purchase_moves_that_way(self):
        assert {feature for feature, _ in WITHIN_REACH} <= set(CUSTOMER_FEATURES.names)
        assert {feature for feature, op in WITHIN_REACH if op == "<="} == {"days_since_last_purchase"}
        never = {"customer_id", "tenure_days", "mean_days_between_orders", "sd_days_between_orders", "mean_item_price",
                 "return_share", "weekend_share", "evening_share", "holiday_share"}  # fmt: skip
        assert never.isdisjoint(feature for feature, _ in WITHIN_REACH)
        assert ("days_since_last_purchase", ">") not in WITHIN_REACH


FEATURES = ["days_since_last_purchase", "order_count", "total_spend", "tenure_days", "weekend_share"]
FIGURE = st.integers(0, 12).map(float)


@st.composite
def some_conditions(draw):
    """Bounds on some features, at most one on each side, that somebody can keep."""
    bounds = []
    for feature in draw(st.lists(st.sampled_from(FEATURES), unique=True, min_size=1, max_size=4)):
        low, high = sorted([draw(FIGURE), draw(FIGURE) + 0.5])
        sides = draw(st.sampled_from([">", "<=", "both"]))
        bounds += [condition(feature, ">", low)] if sides != "<=" else []
        bounds += [condition(feature, "<=", high)] if sides != ">" else []
    return bounds


@st.composite
def some_rules(draw):
    listed = []
    for _ in range(draw(st.integers(1, 6))):
        one = rule(draw(st.sampled_from([1, 2, 3])), *draw(some_conditions()))
        listed.append({**one, "precision": draw(st.sampled_from([0.3, 0.5, 0.9]))})
    return listed


def holds(bound, figures) -> bool:
    value = figures[bound["feature"]]
    return value <= bound["value"] if bound["op"] == "<=" else value > bound["value"]


def can(bound) -> bool:
    return (
        bound["op"] == "<="
        if bound["feature"] == "days_since_last_purchase"
        else (bound["op"] == ">" and bound["feature"] in ("order_count", "total_spend"))
    )


def ways_of(rules, ranks, rank, figures) -> list[tuple[int, int]]:
    """The number of changes, and the ranks to climb, of every rule that leads to a better segment."""
    found = []
    for one in rules:
        missing = [bound for bound in one["conditions"] if not holds(bound, figures)]
        pause = any((b["feature"], b["op"]) == ("days_since_last_purchase", ">") for b in one["conditions"])
        climbed = rank - ranks[one["segment_id"]]
        if climbed > 0 and missing and all(can(b) for b in missing) and not pause and one["precision"] >= 0.5:
            found.append((len(missing), climbed))
    return found


class TestNextOfAnyCustomer:
    @given(some_rules(), st.permutations([1, 2, 3]), st.fixed_dictionaries(dict.fromkeys(FEATURES, FIGURE)))
    def test_doing_it_makes_a_rule_of_the_segment_hold_and_no_way_is_shorter(self, rules, order, figures):
        lookup = SegmentLookup()
        ranks = {id_: rank for rank, id_ in enumerate(order, start=1)}
        lookup.segments = {segment["id"]: {**segment, "rank": ranks[segment["id"]]} for segment in SEGMENTS}
        lookup.rules = rules
        for segment_id in (1, 2, 3):
            next_segment = lookup._next({"segment_id": segment_id, "rule": 0, **figures})
            ways = ways_of(rules, ranks, ranks[segment_id], figures)
            if next_segment is None:
                assert not ways
                continue
            (better,) = [id_ for id_, segment in lookup.segments.items() if segment["name"] == next_segment["segment"]]
            assert (len(next_segment["conditions"]), ranks[segment_id] - ranks[better]) == min(ways)
            after = dict(figures)
            for bound in next_segment["conditions"]:
                assert bound["now"] == figures[bound["feature"]]
                assert not holds(bound, figures)
                beyond = bound["value"] if bound["op"] == "<=" else math.nextafter(bound["value"], math.inf)
                after[bound["feature"]] = beyond
            assert any(
                one["segment_id"] == better and all(holds(bound, after) for bound in one["conditions"]) for one in rules
            )

    def test_doing_it_changes_the_rule_that_applies_to_one_of_that_segment(self, tmp_path):
        """After the missing conditions are met, the rule that applies is one of the better segment."""
        rng = np.random.default_rng(0)
        count = 400
        features = pd.DataFrame({name: rng.gamma(2.0, 20.0, count).round() for name in FEATURES})
        ids = 1 + (features["days_since_last_purchase"] > 40) + (features["order_count"] + features["tenure_days"] < 70)
        listed = explain_segments(
            features, ids.to_numpy(), columns=FEATURES, most_rules=12, smallest_rule=0.01, folds=3, seed=0
        )
        rules = [
            {**rule(one.segment_id, *(condition(b.feature, b.op, b.value) for b in one.conditions)),
             "precision": one.precision}
            for one in listed.rules
        ]  # fmt: skip
        customers = features.assign(customer_id=[f"C{i}" for i in range(count)], segment_id=ids, rule=listed.rule_of)
        lookup = load(write(tmp_path, customers=customers.assign(mean_order_value=1.0), rules=rules))
        advised = 0
        for row, answer in enumerate(ask(lookup, customers["customer_id"], detail=True)):
            next_segment, figures = answer["detail"]["next"], features.iloc[row].to_dict()
            if next_segment is None:
                continue
            advised += 1
            for bound in next_segment["conditions"]:
                assert bound["now"] == figures[bound["feature"]]
                beyond = bound["value"] if bound["op"] == "<=" else math.nextafter(bound["value"], math.inf)
                figures[bound["feature"]] = beyond
            (now,) = [one for one in rules if all(holds(bound, figures) for bound in one["conditions"])]
            assert lookup.segments[now["segment_id"]]["name"] == next_segment["segment"]
        assert advised > 50


class TestRefusals:
    def refused(self, lookup, frame) -> str:
        with pytest.raises(RequestError) as caught:
            lookup.predict(None, frame)
        assert caught.value.get_http_status_code() == 400
        return caught.value.sentence

    def test_a_frame_without_the_column(self, lookup):
        frame = pd.DataFrame({"id": ["12346"]})
        assert self.refused(lookup, frame) == f"The request has no customer ids: {SEND}."

    def test_no_rows(self, lookup):
        frame = pd.DataFrame({"customer_id": []})
        assert self.refused(lookup, frame) == f"The list of customer ids is empty: {SEND}."

    def test_more_than_the_limit(self, lookup):
        lookup.limit = 3
        frame = pd.DataFrame({"customer_id": ["1"] * 4})
        assert self.refused(lookup, frame) == (
            "A request takes at most 3 customer ids. Got 4: send them in several requests."
        )
        assert len(ask(lookup, ["1"] * 3)) == 3

    def test_the_limit_is_checked_before_the_ids(self, lookup):
        lookup.limit = 1
        assert "at most 1 customer ids" in self.refused(lookup, pd.DataFrame({"customer_id": [{}, {}]}))

    def test_the_limit_comes_with_the_version(self, lookup):
        assert lookup.limit == MAX_IDS_PER_REQUEST == 100_000

    @pytest.mark.parametrize("value", [True, ["12346"], {"a": 1}, b"12346"], ids=repr)
    def test_a_value_that_is_no_id_among_those_that_are(self, lookup, value):
        with pytest.raises(RequestError) as caught:
            ask(lookup, ["12346", value])
        assert caught.value.sentence == not_an_id(type(value).__name__)

    @pytest.mark.parametrize("text", ["{'a': 1}", '{"a": 1}', "{}", "['12346']", "[]", "[1, 2]", "[['12346']]"])
    def test_the_text_of_a_nested_value_which_is_what_mlflow_makes_of_inputs(self, lookup, text):
        with pytest.raises(RequestError) as caught:
            ask(lookup, ["12346", text])
        assert caught.value.sentence == not_an_id("a nested value")

    @pytest.mark.parametrize("id_", ["{3F2504E0-4F89-11D3-9A0C-0305E82C3301}", "{", "[", "{x", "[x", "{a:b", "{x}"])
    def test_an_unknown_id_in_braces_is_just_unknown(self, lookup, id_):
        assert ask(lookup, [id_]) == [{"customer_id": id_, "segment": None}]

    def test_a_known_id_in_braces_is_found(self, lookup):
        assert ask(lookup, ["{3F2504E0-4F89}"])[0]["segment"] == "Lost"

    def test_a_known_id_that_looks_nested_is_found(self, tmp_path):
        lookup = load(write(tmp_path, customers=CUSTOMERS.assign(customer_id=["[1]", "{a:1}", "3", "4", "5"])))
        assert [row["segment"] for row in ask(lookup, ["[1]", "{a:1}"])] == ["Champions", "Loyal"]

    def test_the_answer_holds_only_the_sentence_whatever_mlflow_makes_of_the_message(self):
        error = RequestError("Send ids.")
        error.message = f"Failed to predict data '{'secret' * 10}'. \nError: {error.message}"
        assert json.loads(error.serialize_as_json()) == {
            "error_code": "INVALID_PARAMETER_VALUE",
            "message": "Send ids.",
        }
        assert str(RequestError("Send ids.")) == "Send ids."


STANDS_ALONE = """
import importlib.abc, importlib.util, json, pickle, sys, types

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "clientela":
            raise ImportError(name)

sys.meta_path.insert(0, Refuse())
spec = importlib.util.spec_from_file_location("copied", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
import mlflow.models.model, pandas
model = mlflow.models.model.__mlflow_model__
for name in ("load", "loads", "Unpickler"):
    setattr(pickle, name, None)
model.load_context(types.SimpleNamespace(artifacts=json.loads(sys.argv[2])))
frame = pandas.DataFrame({"customer_id": ["CS5295"]})
(answer,) = model.predict(None, frame, {"detail": True})
print(json.dumps([*model.predict(None, frame), answer["detail"]["next"]["conditions"][0]["now"]]))
print(sorted(name for name in sys.modules if name.split(".")[0] in ("clientela", "sklearn", "skops")))
"""


class TestStandsAlone:
    def test_the_file_imports_nothing_of_clientela(self):
        tree = ast.parse(index.version_code())
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        assert not [node for node in froms if node.level]
        roots = {name.split(".")[0] for name in imported | {node.module for node in froms}}
        assert roots - set(sys.stdlib_module_names) == {"mlflow", "numpy", "pandas", "pyarrow"}  # what a version pins

    def test_a_copy_works_where_clientela_cannot_be_imported(self, tmp_path, files):
        copy = tmp_path / "elsewhere.py"
        copy.write_text(index.version_code(), encoding="utf-8")
        paths = json.dumps({name: str(files[name]) for name in ("customers", "index", "segments")})
        done = subprocess.run(
            [sys.executable, "-c", STANDS_ALONE, str(copy), paths],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        answer, loaded = done.stdout.splitlines()
        assert json.loads(answer) == [{"customer_id": "CS5295", "segment": "Loyal"}, 280.5]
        assert loaded == "[]"
        assert "type hint" not in done.stderr

    def test_two_versions_in_one_process_answer_for_themselves(self, tmp_path, lookup):
        other = load(write(tmp_path, customers=CUSTOMERS.assign(segment_id=[3, 3, 3, 1, 1])))
        assert [ask(model, ["12346"])[0]["segment"] for model in (lookup, other)] == ["Champions", "Lost"]


class TestCollector:
    """A serving process freezes the garbage collector once, after loading."""

    @pytest.mark.parametrize(("serving", "next_segment"), [(True, 1), (False, 0)])
    def test_at_the_first_answer_and_only_where_it_serves(self, lookup, monkeypatch, serving, next_segment):
        # MLflow sets this also where it tries the input example of a model that is being logged.
        monkeypatch.setenv("_MLFLOW_IS_IN_SERVING_ENVIRONMENT", "true")
        if serving:
            monkeypatch.setitem(sys.modules, "mlflow.pyfunc.scoring_server.app", ModuleType("app"))
        calls = []
        monkeypatch.setattr("gc.freeze", lambda: calls.append("frozen"))
        for _ in range(3):
            ask(lookup, ["12346"])
        assert len(calls) == next_segment
