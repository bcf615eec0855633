from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from clientela.contracts import LANGUAGES
from clientela.features.profile import order_by_value, profile_segments
from clientela.segmentation.segments.naming import (
    ALIASES,
    COMPARISONS,
    TRAITS,
    Name,
    NamingRule,
    name_segments,
    quantities,
)
from clientela.settings import FEATURES, NamingSettings, SegmentRule
from clientela.settings.naming import MEDIANS

CONF = Path(__file__).resolve().parents[3] / "conf" / "segment_names.yaml"
SETTINGS = NamingSettings.model_validate(yaml.safe_load(CONF.read_text(encoding="utf-8")))
RULES = [
    NamingRule(rule.id, rule.when, Name(rule.id, rule.name, rule.description, rule.action)) for rule in SETTINGS.rules
]
POSITION = {rule.id: position for position, rule in enumerate(RULES)}
OF_PRODUCTS = ("mean_item_price", "items_per_order", "products_per_order", "distinct_products")
PRODUCT_RULES = {"bulk_buyers", "premium_buyers", "bargain_hunters", "variety_seekers"}
STANDING = ("recency", "frequency", "spend")

# One profile for each rule of conf/segment_names.yaml that no earlier rule takes.
FITTING = {
    "champions": {"recency": 0.8, "frequency": 0.9, "spend": 0.9},
    "bulk_buyers": {"items_per_order": 0.95, "spend": 0.7},
    "gift_buyers": {"holiday_share": 0.9},
    "premium_buyers": {"mean_item_price": 0.9},
    "weekend_regulars": {"weekend_share": 0.9},
    "bargain_hunters": {"mean_item_price": 0.1},
    "frequent_returners": {"return_share": 0.9},
    "evening_shoppers": {"evening_share": 0.9},
    "loyal": {"recency": 0.6, "frequency": 0.7, "spend": 0.6},
    "variety_seekers": {"products_per_order": 0.9},
    "new": {"recency": 0.8, "frequency": 0.2, "tenure_days": 0.1},
    "potential_loyal": {"recency": 0.7, "frequency": 0.5, "spend": 0.3},
    "promising": {"recency": 0.6, "frequency": 0.2, "spend": 0.2},
    "cannot_lose": {"recency": 0.2, "frequency": 0.9, "spend": 0.9},
    "at_risk": {"recency": 0.2, "frequency": 0.5, "spend": 0.7},
    "needs_attention": {"recency": 0.4, "frequency": 0.5, "spend": 0.4},
    "hibernating": {"recency": 0.4, "frequency": 0.2, "spend": 0.2},
    "lost": {"recency": 0.05, "frequency": 0.2, "spend": 0.2},
}
UNNAMED = {"recency": 0.1, "frequency": 0.9, "spend": 0.1}


def texts(name):
    return {"en": name, "pt-BR": name}


def rule(id_, **when):
    return NamingRule(id_, when, Name(id_, texts(id_), texts("?"), texts("!")))


# The rules of conf/segment_names.yaml


@pytest.mark.parametrize("id_", [rule.id for rule in RULES])
def test_every_rule_names_some_profile(profile, id_):
    (name,) = name_segments([profile(**FITTING[id_])], RULES)
    assert name == RULES[POSITION[id_]].texts


@pytest.mark.parametrize(
    ("id_", "persona"),
    [
        ("weekend_regulars", "Visitante frequente de fim de semana"),
        ("premium_buyers", "Cliente premium que busca luxo"),
        ("bargain_hunters", "Explorador de ofertas"),
    ],
)
def test_the_personas_have_their_names(profile, id_, persona):
    (name,) = name_segments([profile(**FITTING[id_])], RULES)
    assert name.name["pt-BR"] == persona


@pytest.mark.parametrize(
    ("id_", "median", "least"),
    [
        ("gift_buyers", "median_holiday_share", 0.5),
        ("weekend_regulars", "median_weekend_share", 0.5),
        ("frequent_returners", "median_return_share", 0.1),
        ("evening_shoppers", "median_evening_share", 0.5),
    ],
)
def test_the_first_of_many_small_shares_is_still_a_small_share(profile, id_, median, least):
    enough, small = (profile(**FITTING[id_], **{median: share}) for share in (least, least - 0.01))
    assert name_segments([enough], RULES)[0].rule == id_
    assert name_segments([small], RULES)[0].rule != id_


def test_rules_have_every_language_and_names_of_their_own():
    for rule_ in RULES:
        for text in (rule_.texts.name, rule_.texts.description, rule_.texts.action):
            assert set(text) == set(LANGUAGES)
            assert all(text.values())
    assert len({rule_.id for rule_ in RULES}) == len(RULES)
    for language in LANGUAGES:
        assert len({rule_.texts.name[language] for rule_ in RULES}) == len(RULES)


def test_rules_speak_only_of_quantities_that_a_full_profile_has(profile):
    assert {name for rule_ in RULES for name in rule_.when} <= set(quantities(profile()))


def test_rules_on_products_are_the_four_of_the_conf():
    assert {rule_.id for rule_ in RULES if set(rule_.when) & set(OF_PRODUCTS)} == PRODUCT_RULES


# Fitting


def test_recency_is_turned_so_that_one_is_the_most_recent(profile):
    known = quantities(profile(days_since_last_purchase=0.2, order_count=0.7, total_spend=0.6, weekend_share=0.9))
    assert known["recency"] == 0.8
    assert (known["frequency"], known["spend"], known["weekend_share"]) == (0.7, 0.6, 0.9)
    assert known["days_since_last_purchase"] == 0.2


@pytest.mark.parametrize("value, fits", [(0.39, False), (0.4, True), (0.6, True), (0.61, False)])
def test_both_ends_of_a_bound_are_included(profile, value, fits):
    assert rule("middle", frequency=(0.4, 0.6)).fits(profile(frequency=value)) is fits


def test_all_bounds_must_be_kept(profile):
    both = rule("both", frequency=(0.5, 1), spend=(0.5, 1))
    assert both.fits(profile(frequency=0.9, spend=0.9))
    assert not both.fits(profile(frequency=0.9, spend=0.1))


def test_a_rule_on_what_the_source_does_not_have_never_fits(profile):
    anything = rule("anything", mean_item_price=(0, 1))
    assert anything.fits(profile())
    assert not anything.fits(profile(without=("mean_item_price",)))


@pytest.mark.parametrize("id_", sorted(PRODUCT_RULES))
def test_without_products_the_product_rules_are_passed_over(profile, id_):
    (name,) = name_segments([profile(**FITTING[id_], without=OF_PRODUCTS)], RULES)
    assert name.rule not in PRODUCT_RULES


@pytest.mark.parametrize("recency", np.arange(101) / 100)
def test_the_end_of_a_bound_on_recency_is_included(profile, recency):
    assert rule("from", recency=(recency, 1)).fits(profile(days_since_last_purchase=1 - recency))


def test_each_profile_takes_the_first_rule_that_fits(profile):
    rules = [rule("high", spend=(0.5, 1)), rule("any", spend=(0, 1)), rule("rest", spend=(0, 1))]
    names = name_segments([profile(id=1, spend=0.9), profile(id=2, spend=0.8), profile(id=3, spend=0.1)], rules)
    assert [name.rule for name in names] == ["high", "high", "any"]
    assert [name.name["en"] for name in names] == ["high", "high: lower spend", "any"]


# Namesakes


def test_the_best_of_two_namesakes_keeps_the_plain_name(profile):
    worse = profile(id=1, recency=0.8, frequency=0.85, spend=0.9)
    better = profile(id=2, recency=0.8, frequency=0.95, spend=0.9)
    names = [name.name for name in name_segments([worse, better], RULES)]
    assert names == [
        {"en": "Champions: fewer orders", "pt-BR": "Campeões: menos pedidos"},
        {"en": "Champions", "pt-BR": "Campeões"},
    ]


def test_what_differs_most_tells_namesakes_apart_and_standing_counts_twice(profile):
    best = profile(id=1, frequency=0.9, weekend_share=0.5)
    by_habit = profile(id=2, frequency=0.8, weekend_share=0.1)  # 2 x 0.1 against 0.4
    by_orders = profile(id=3, frequency=0.6, weekend_share=0.1)  # 2 x 0.3 against 0.4
    names = [name.name["en"] for name in name_segments([best, by_habit, by_orders], [rule("any")])]
    assert names == ["any", "any: more on weekdays", "any: fewer orders"]


def test_a_third_namesake_gets_a_word_more_where_one_is_taken(profile):
    three = [profile(id=id_, spend=spend, tenure_days=tenure) for id_, spend, tenure in
             [(1, 0.9, 0.5), (2, 0.5, 0.5), (3, 0.4, 0.3)]]  # fmt: skip
    names = [name.name["en"] for name in name_segments(three, [rule("any")])]
    assert names == ["any", "any: lower spend", "any: lower spend, newer"]


def test_nothing_is_said_of_what_is_equal(profile):
    names = [name.name for name in name_segments([profile(id=1), profile(id=2)], [rule("any")])]
    assert names == [texts("any"), texts("any (2)")]


@pytest.mark.parametrize("trait", COMPARISONS)
@pytest.mark.parametrize("side", [0, 1], ids=["lower", "higher"])
def test_every_comparison_says_the_right_side(profile, trait, side):
    kept = {1: rule("any").texts}
    pair = [profile(id=1), profile(id=2, **{trait: (0.3, 0.7)[side]})]
    name = name_segments(pair, [rule("any")], kept=kept)[1]
    assert name.name == {language: f"any: {COMPARISONS[trait][language][side]}" for language in LANGUAGES}


def test_a_second_name_is_distinguished_from_the_plain_one(profile):
    kept = {1: Name("any", texts("any: fewer orders"), texts("?"), texts("!")), 2: rule("any").texts}
    three = [profile(id=1, frequency=0.2), profile(id=2, frequency=0.8), profile(id=3, frequency=0.5)]
    # More than the first has, but that is not the one that a reader compares it with; its own word is taken.
    assert name_segments(three, [rule("any")], kept=kept)[2].name == texts("any (3)")


# Names that are kept


def test_kept_names_stay_whatever_the_profile_says(profile):
    old = Name("lost", texts("Lost"), texts("?"), texts("!"))
    one, other = name_segments([profile(id=4, **FITTING["champions"]), profile(id=7)], RULES, kept={4: old})
    assert one is old
    assert other.rule != "lost"


def test_a_new_segment_does_not_take_a_kept_name(profile):
    kept = {1: RULES[0].texts}
    worse, better = profile(id=1, **FITTING["lost"]), profile(id=2, **FITTING["champions"])
    names = name_segments([worse, better], RULES, kept=kept)
    assert names[0] is RULES[0].texts
    assert (names[1].rule, names[1].name["en"]) == ("champions", "Champions: more recent")


def test_a_number_that_a_kept_name_has_is_passed_over(profile):
    kept = {5: rule("any").texts, 6: Name("any", texts("any (3)"), texts("?"), texts("!"))}
    three = [profile(id=5, rank=1), profile(id=6, rank=2), profile(id=9, rank=3)]
    assert name_segments(three, [rule("any")], kept=kept)[2].name == texts("any (4)")


def test_a_kept_name_of_another_rule_is_not_given_twice(profile):
    kept = {1: Name("of_an_older_file", texts("any"), texts("?"), texts("!"))}
    name = name_segments([profile(id=1, spend=0.9), profile(id=2)], [rule("any")], kept=kept)[1]
    assert (name.rule, name.name["en"]) == ("any", "any: lower spend")


# Rules that are refused


def refused(**when):
    with pytest.raises(ValidationError) as caught:
        SegmentRule(id="odd", when=when, name=texts("a"), description=texts("b"), action=texts("c"))
    return str(caught.value)


@pytest.mark.parametrize("quantity", ["recency", "frequency", "spend", "order_count", "total_spend"])
def test_a_rule_that_shuts_out_better_customers_is_refused(quantity):
    says = refused(**{quantity: (0.1, 0.99)})
    assert f"rule odd must not shut out customers who are better in {quantity}" in says
    assert "its bounds are 0.1, 0.99" in says


def test_a_rule_that_shuts_out_more_recent_customers_is_refused():
    assert "better in days_since_last_purchase" in refused(days_since_last_purchase=(0.01, 1))


def test_bounds_from_the_better_side_are_taken():
    when = {"recency": (0.5, 1), "days_since_last_purchase": (0, 0.5), "tenure_days": (0, 0.3)}
    SegmentRule(id="even", when=when, name=texts("a"), description=texts("b"), action=texts("c"))


def test_a_rule_that_could_never_fit_is_refused():
    assert "the rule odd bounds ['weekendshare']" in refused(weekendshare=(0.5, 1))
    assert "must be two rising numbers; got {'weekend_share': (0.8, 0.5)}" in refused(weekend_share=(0.8, 0.5))


# Names that are composed


def test_where_no_rule_fits_the_name_says_what_stands_out(profile):
    (name,) = name_segments([profile(recency=0.05, frequency=0.9, spend=0.2)], [rule("high", spend=(0.5, 1))])
    assert name.rule == "composed"
    assert name.name == {"en": "Dormant, Frequent orders", "pt-BR": "Inativos, Muitos pedidos"}
    assert name.description["en"] == "Customers who stand out by: dormant, frequent orders."
    assert name.description["pt-BR"] == "Clientes que se destacam por: inativos, muitos pedidos."
    assert all(name.action[language] for language in LANGUAGES)


@pytest.mark.parametrize("trait", TRAITS)
@pytest.mark.parametrize("rank, side", [(0.0, 0), (1.0, 1)])
def test_every_trait_has_a_word_for_low_and_high(profile, trait, rank, side):
    (name,) = name_segments([profile(**{trait: rank})], [])
    for language in LANGUAGES:
        assert name.name[language].split(", ")[0] == TRAITS[trait][language][side]


def test_a_second_segment_of_the_same_traits_gets_one_word_more(profile):
    two = [profile(id=id_, recency=0.05, frequency=0.9, spend=0.2) for id_ in (1, 2)]
    names = [name.name["en"] for name in name_segments(two, [])]
    assert names == ["Dormant, Frequent orders", "Dormant, Frequent orders, Low spend"]


def test_segments_equal_in_all_traits_are_distinguished_by_their_rank(profile):
    twelve = [profile(id=id_, **UNNAMED) for id_ in range(1, 13)]
    last = name_segments(twelve, [])[-1]
    assert last.name["en"].endswith(" (12)")
    assert last.name["pt-BR"].endswith(" (12)")


@pytest.mark.parametrize("rules", [RULES, []], ids=["conf", "no rules"])
@pytest.mark.parametrize("traits", [*FITTING.values(), UNNAMED, {}])
def test_twelve_identical_profiles_have_twelve_names_in_each_language(profile, rules, traits):
    names = name_segments([profile(id=id_, **traits) for id_ in range(1, 13)], rules)
    for language in LANGUAGES:
        assert len({name.name[language] for name in names}) == 12


def test_no_profiles_have_no_names():
    assert name_segments([], RULES) == []


# Whatever the profiles

grid = st.integers(0, 20).map(lambda step: step / 20)
ranks = st.fixed_dictionaries(
    {
        **dict.fromkeys((name for name in FEATURES if name not in ALIASES.values()), grid),
        **dict.fromkeys((*ALIASES, *MEDIANS), grid),
    }
)
sources = st.sampled_from([(), OF_PRODUCTS, ("evening_share",), (*OF_PRODUCTS, "evening_share")])


def drawn_profile(profile, values, *, id=1, without=()):
    return profile(
        id=id, without=without, **{k: v for k, v in values.items() if k.removeprefix("median_") not in without}
    )


@settings(max_examples=200)
@given(ranks, sources)
def test_every_profile_gets_the_first_rule_of_the_conf_that_fits(profile, values, without):
    drawn = drawn_profile(profile, values, without=without)
    (name,) = name_segments([drawn], RULES)
    first = next(rule_ for rule_ in RULES if rule_.fits(drawn))
    assert name == first.texts
    if "mean_item_price" in without:
        assert name.rule not in PRODUCT_RULES


@settings(max_examples=300)
@given(ranks, st.tuples(grid, grid, grid), st.lists(ranks, max_size=4), sources, st.booleans())
def test_the_better_customer_never_has_the_worse_name(profile, values, better_by, others, without, first):
    values["recency"] = 1 - values.pop("days_since_last_purchase")
    good = values | {name: min(1.0, values[name] + more) for name, more in zip(STANDING, better_by, strict=True)}
    worse = drawn_profile(profile, values, id=1, without=without)
    better = drawn_profile(profile, good, id=2, without=without)
    rest = [drawn_profile(profile, its, id=id_, without=without) for id_, its in enumerate(others, start=3)]
    position = [POSITION[name_segments([one], RULES)[0].rule] for one in (worse, better)]
    assert position[1] <= position[0]
    pair = [better, worse] if first else [worse, better]
    in_one_model = dict(zip((one.id for one in [*pair, *rest]), name_segments([*pair, *rest], RULES), strict=True))
    assert POSITION[in_one_model[2].rule] <= POSITION[in_one_model[1].rule]
    plain = RULES[POSITION[in_one_model[1].rule]].texts.name
    if in_one_model[1].rule == in_one_model[2].rule and any(better_by) and good != values:
        assert in_one_model[1].name != plain


@settings(max_examples=150)
@given(st.lists(ranks, min_size=1, max_size=12), sources, st.integers(1, 12), st.data())
def test_names_are_unique_in_each_language_and_kept_ones_stay(profile, drawn, without, copies, data):
    profiles = [drawn_profile(profile, its, id=id_, without=without) for id_, its in enumerate(drawn, start=1)]
    alike = [drawn_profile(profile, drawn[0], id=len(drawn) + i, without=without) for i in range(1, copies)]
    profiles = [*profiles, *alike]
    # What was kept is part of an earlier model's names, of the same profiles at other places.
    shuffled = data.draw(st.permutations(profiles))
    earlier = name_segments([replace(one, rank=place) for place, one in enumerate(shuffled, start=1)], RULES)
    count = data.draw(st.integers(0, len(profiles)))
    kept = {one.id: name for one, name in zip(profiles[:count], earlier, strict=False)}

    names = name_segments(profiles, RULES, kept=kept)
    assert names == name_segments(profiles, RULES, kept=kept)
    assert "composed" not in {name.rule for name in names}
    for one, name in zip(profiles, names, strict=True):
        assert one.id not in kept or name is kept[one.id]
    for language in LANGUAGES:
        words = [name.name[language] for name in names]
        assert len(set(words)) == len(words)
        assert all(text[language].strip() for name in names for text in (name.name, name.description, name.action))


SIDES = {
    language: {words[language][side]: (trait, side) for trait, words in COMPARISONS.items() for side in (0, 1)}
    for language in LANGUAGES
}


@settings(max_examples=150)
@given(st.lists(ranks, min_size=2, max_size=6))
def test_what_is_said_of_a_namesake_is_true(profile, drawn):
    profiles = [drawn_profile(profile, its, id=id_) for id_, its in enumerate(drawn, start=1)]
    names = name_segments(profiles, [rule("any")])
    (plain,) = [one for one, name in zip(profiles, names, strict=True) if name.name["en"] == "any"]
    for one, name in zip(profiles, names, strict=True):
        for language in LANGUAGES:
            for word in filter(None, name.name[language].partition(": ")[2].split(", ")):
                trait, side = SIDES[language][word]
                assert (one.ranks[trait] > plain.ranks[trait]) if side else (one.ranks[trait] < plain.ranks[trait])


def test_comparisons_have_words_of_their_own_in_each_language():
    assert all(len(sides) == 2 * len(COMPARISONS) for sides in SIDES.values())


@settings(max_examples=30)
@given(st.integers(0, 1_000), st.permutations(range(6)))
def test_names_do_not_depend_on_the_integers_of_the_labels(seed, order):
    rng = np.random.default_rng(seed)
    labels = rng.integers(6, size=60)
    features = _customers(rng, 60)
    spend = features["total_spend"].to_numpy()
    names = [
        name_segments(profile_segments(features, order_by_value(integers, spend)), RULES)
        for integers in (labels, np.array(order)[labels])
    ]
    assert names[0] == names[1]


def _customers(rng, count):
    columns = {name: rng.uniform(1, 100, count) for name in FEATURES}
    return pd.DataFrame({"customer_id": [str(row) for row in range(count)], **columns})
