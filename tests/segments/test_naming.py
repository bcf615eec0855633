from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.segments.naming import LANGUAGES, TRAITS, Name, NamingRule, name_segments, quantities
from clientela.segments.profile import order_by_value, profile_segments
from clientela.settings import FEATURES, NamingSettings

CONF = Path(__file__).resolve().parents[2] / "conf" / "segment_names.yaml"
SETTINGS = NamingSettings.model_validate(yaml.safe_load(CONF.read_text(encoding="utf-8")))
RULES = [
    NamingRule(rule.id, rule.when, Name(rule.id, rule.name, rule.description, rule.action)) for rule in SETTINGS.rules
]
OF_PRODUCTS = ("mean_item_price", "items_per_order", "products_per_order", "distinct_products")
PRODUCT_RULES = {"bulk_buyers", "premium_buyers", "bargain_hunters"}

# One profile for each rule of conf/segment_names.yaml that no earlier rule takes.
FITTING = {
    "champions": {"recency": 0.8, "frequency": 0.9, "spend": 0.9},
    "bulk_buyers": {"items_per_order": 0.95, "spend": 0.7},
    "weekend_regulars": {"weekend_share": 0.9},
    "gift_buyers": {"holiday_share": 0.9},
    "premium_buyers": {"mean_item_price": 0.9},
    "bargain_hunters": {"mean_item_price": 0.1},
    "loyal": {"recency": 0.6, "frequency": 0.7, "spend": 0.6},
    "new": {"recency": 0.8, "frequency": 0.3, "tenure_days": 0.1},
    "at_risk": {"recency": 0.2, "spend": 0.7},
    "potential_loyal": {"recency": 0.7, "frequency": 0.5, "spend": 0.3},
    "promising": {"recency": 0.6, "frequency": 0.2, "spend": 0.2},
    "lost": {"recency": 0.1, "frequency": 0.2, "spend": 0.2},
    "needs_attention": {"recency": 0.4, "frequency": 0.5, "spend": 0.4},
    "hibernating": {"recency": 0.4, "frequency": 0.2, "spend": 0.2},
}
UNNAMED = {"recency": 0.1, "frequency": 0.9, "spend": 0.1}  # many orders, long ago, little money: no rule fits


def texts(name):
    return {"en": name, "pt-BR": name}


def rule(id_, **when):
    return NamingRule(id_, when, Name(id_, texts(id_), texts("?"), texts("!")))


# The rules of conf/segment_names.yaml


@pytest.mark.parametrize("id_", [rule.id for rule in RULES])
def test_every_rule_names_some_profile(profile, id_):
    (name,) = name_segments([profile(**FITTING[id_])], RULES)
    assert name.rule == id_


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


def test_rules_on_products_are_the_three_of_the_conf():
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


def test_the_first_rule_that_fits_is_taken_and_only_once(profile):
    rules = [rule("high", spend=(0.5, 1)), rule("any", spend=(0, 1)), rule("rest", spend=(0, 1))]
    names = name_segments([profile(id=1, spend=0.9), profile(id=2, spend=0.8), profile(id=3, spend=0.1)], rules)
    assert [name.rule for name in names] == ["high", "any", "rest"]


def test_the_segment_of_higher_value_chooses_first(profile):
    names = name_segments([profile(id=1, **FITTING["champions"]), profile(id=2, **FITTING["champions"])], RULES)
    assert [name.rule for name in names] == ["champions", "loyal"]


# Names that are composed


def test_where_no_rule_fits_the_name_says_what_stands_out(profile):
    (name,) = name_segments([profile(recency=0.05, frequency=0.9, spend=0.2)], RULES)
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


def test_segments_alike_in_all_traits_are_told_apart_by_their_place(profile):
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

ranks = st.fixed_dictionaries({name: st.floats(0, 1) for name in FEATURES})
sources = st.sampled_from([(), OF_PRODUCTS, ("evening_share",), (*OF_PRODUCTS, "evening_share", "items_per_order")])


@settings(deadline=None, max_examples=100)
@given(st.lists(ranks, min_size=1, max_size=12), sources)
def test_names_are_unique_and_not_empty_in_each_language(profile, drawn, without):
    profiles = [profile(id=id_, without=without, **values) for id_, values in enumerate(drawn, start=1)]
    names = name_segments(profiles, RULES)
    assert len(names) == len(profiles)
    for language in LANGUAGES:
        words = [name.name[language] for name in names]
        assert len(set(words)) == len(words)
        assert all(word.strip() for word in words)
        assert all(name.description[language].strip() and name.action[language].strip() for name in names)
    if "mean_item_price" in without:
        assert not PRODUCT_RULES & {name.rule for name in names}
    assert name_segments(profiles, RULES) == names


@settings(deadline=None, max_examples=30)
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
