from dataclasses import replace

import numpy as np
import pytest

from clientela.contracts import LANGUAGES
from clientela.reporting.words import Words
from clientela.segmentation.segments.naming import name_segments
from clientela.segmentation.segments.naming_rules import FitLimits, Name, NamingBook, NamingRule


def texts(name):
    return {"en": name, "pt-BR": name}


@pytest.fixture
def anyone(naming):
    """One rule that fits all."""
    words = {language: Words(language, currency="GBP") for language in LANGUAGES}
    rule = NamingRule("any", Name("any", texts("any"), texts("They are."), texts("Do.")), {})
    return NamingBook([rule], FitLimits(0.7, 0.7), FitLimits(0.7, 0.7, 0.1), naming.namesakes, 60, words)


def english(portraits, book, **options):
    return [name.name["en"] for name in name_segments(portraits, book, **options)]


def test_the_best_of_two_namesakes_keeps_the_plain_name(portrait, anyone):
    worse = portrait(id=1, frequency=0.85, figures={"order_count": 4.0})
    better = portrait(id=2, frequency=0.95, figures={"order_count": 9.0})
    names = name_segments([worse, better], anyone)
    assert [name.name for name in names] == [{"en": "any: fewer orders", "pt-BR": "any: menos pedidos"}, texts("any")]
    assert names[0].traits == ("order_count",)
    assert names[1].traits == ()


def test_description_and_action_say_what_distinguishes_them(portrait, anyone):
    worse = portrait(id=1, spend=0.2, figures={"total_spend": 1_234.5})
    better = portrait(id=2, spend=0.9, figures={"total_spend": 4_000.0})
    name = name_segments([worse, better], anyone)[0]
    assert name.description == {
        "en": "They are. Total spend: £1,234 at the median, £4,000 in “any”.",
        "pt-BR": "They are. Gasto total: mediana de £\u00a01.234; em “any”, £\u00a04.000.",
    }
    assert name.action["en"] == "Do. They have spent less than “any”: keep the cost of a contact lower."


def test_the_largest_difference_in_rank_is_named_and_recency_frequency_and_spend_count_twice(portrait, anyone):
    best = portrait(id=1, frequency=0.9, weekend_share=0.5, figures={"order_count": 20.0, "weekend_share": 0.5})
    by_habit = portrait(id=2, frequency=0.8, weekend_share=0.1, figures={"order_count": 10.0, "weekend_share": 0.0})
    by_orders = portrait(id=3, frequency=0.6, weekend_share=0.1, figures={"order_count": 5.0, "weekend_share": 0.0})
    assert english([best, by_habit, by_orders], anyone) == ["any", "any: more on weekdays", "any: fewer orders"]


def test_a_third_namesake_gets_a_word_more_where_one_is_taken(portrait, anyone):
    three = [
        portrait(id=id_, spend=spend, tenure_days=tenure, figures={"total_spend": 1_000 * spend, "tenure_days": days})
        for id_, spend, tenure, days in [(1, 0.9, 0.5, 400.0), (2, 0.5, 0.5, 400.0), (3, 0.4, 0.3, 100.0)]
    ]
    assert english(three, anyone) == ["any", "any: lower spend", "any: lower spend, newer"]


SMALL = {
    "days_since_last_purchase": (45.0, 74.0, 75.0),  # half a gap of 60 days
    "tenure_days": (400.0, 429.0, 450.0),  # half a gap, and a tenth
    "order_count": (3.0, 3.5, 4.0),
    "total_spend": (100.0, 109.0, 112.0),
    "mean_order_value": (1.0, 1.09, 1.12),
    "mean_item_price": (10.0, 10.9, 11.2),
    "items_per_order": (4.0, 4.3, 4.5),
    "return_share": (0.2, 0.24, 0.25),
    "weekend_share": (0.2, 0.24, 0.25),
    "evening_share": (0.2, 0.24, 0.25),
}


def test_every_feature_that_distinguishes_is_tested_here(naming):
    assert set(SMALL) == set(naming.namesakes.features)


@pytest.mark.parametrize("trait", SMALL)
def test_small_differences_are_not_stated(portrait, anyone, trait):
    base, small, large = SMALL[trait]
    plain = portrait(id=1, figures={trait: base})
    others = [portrait(id=2, **{trait: 0.9}, figures={trait: value}) for value in (small, large)]
    kept = {1: Name("any", texts("any"), texts("?"), texts("!"))}
    assert english([plain, others[0]], anyone, kept=kept)[1] == "any (2)"
    assert english([plain, others[1]], anyone, kept=kept)[1].startswith("any: ")


def test_customers_must_differ_and_not_the_medians_alone(portrait, anyone):
    # Medians of 1 and 9, but as many pairs are higher as lower.
    one = portrait(id=1, spend=0.9, figures={"total_spend": [1.0] * 6 + [9.0] * 4})
    other = portrait(id=2, spend=0.1, figures={"total_spend": [1.0] * 4 + [9.0] * 6})
    other = replace(other, customers=other.customers.assign(total_spend=[1.0] * 5 + [9.0] * 5))
    assert english([one, other], anyone) == ["any", "any (2)"]


@pytest.mark.parametrize("side", ["lower", "higher"])
@pytest.mark.parametrize("trait", SMALL)
def test_every_comparison_says_the_right_side(portrait, anyone, naming, trait, side):
    kept = {1: Name("any", texts("any"), texts("?"), texts("!"))}
    value, rank = {"lower": (0.01, 0.3), "higher": (3_000.0, 0.7)}[side]
    pair = [portrait(id=1), portrait(id=2, **{trait: rank}, figures={trait: value})]
    if side == "lower" and trait == "days_since_last_purchase":
        pair[0] = portrait(id=1, figures={trait: 100.0})
    name = name_segments(pair, anyone, kept=kept)[1]
    words = naming.namesakes.features[trait][side]
    assert name.name == {language: f"any: {words.name[language]}" for language in LANGUAGES}
    assert name.action["en"] == f"Do. {words.action['en'].format(other='any')}"


def test_comparisons_have_words_of_their_own_in_each_language(naming):
    sides = [one[side] for one in naming.namesakes.features.values() for side in ("lower", "higher")]
    for language in LANGUAGES:
        assert len({side.name[language] for side in sides}) == len(sides)
        assert len({side.action[language] for side in sides}) == len(sides)


def test_segments_that_nothing_distinguishes_have_numbers_and_say_so(portrait, anyone):
    three = [portrait(id=id_) for id_ in (1, 2, 3)]
    names = name_segments(three, anyone)
    assert [name.name["en"] for name in names] == ["any", "any (2)", "any (3)"]
    assert (
        names[2]
        .description["en"]
        .endswith("Group 3: none of the figures that names compare differs noticeably from “any”.")
    )
    assert len({name.description["pt-BR"] for name in names}) == 3
    assert len({name.action["en"] for name in names}) == 3


def test_a_number_that_another_name_has_is_passed_over(portrait, anyone):
    four = [portrait(id=5, rank=1), portrait(id=6, rank=3), portrait(id=9, rank=3), portrait(id=10, rank=3)]
    assert english(four, anyone) == ["any", "any (3)", "any (4)", "any (5)"]


def test_twelve_equal_segments_have_twelve_names_in_each_language(portrait, book):
    names = name_segments([portrait(id=id_) for id_ in range(1, 13)], book)
    for language in LANGUAGES:
        assert len({name.name[language] for name in names}) == 12


def test_random_namesakes_say_what_is_true_of_both_segments(portrait, anyone, naming):
    rng = np.random.default_rng(0)
    sides = {
        one[side].name["en"]: (trait, side)
        for trait, one in naming.namesakes.features.items()
        for side in ("lower", "higher")
    }
    stated = 0
    for _ in range(40):
        drawn = [
            portrait(
                id=id_,
                **{trait: rng.integers(21) / 20 for trait in SMALL},
                figures={trait: rng.gamma(2.0, base, 10) for trait, (base, *_) in SMALL.items()},
            )
            for id_ in range(1, 5)
        ]
        names = name_segments(drawn, anyone)
        (plain,) = [one for one, name in zip(drawn, names, strict=True) if name.name["en"] == "any"]
        for one, name in zip(drawn, names, strict=True):
            for word in filter(None, name.name["en"].partition(": ")[2].split(", ")):
                trait, side = sides[word]
                stated += 1
                own, others = one.customers[trait].to_numpy(), plain.customers[trait].to_numpy()
                assert np.median(own) > np.median(others) if side == "higher" else np.median(own) < np.median(others)
                higher, lower = (np.sign(own[:, None] - others) == sign for sign in (1, -1))
                delta = higher.mean() - lower.mean()
                assert delta >= 0.15 if side == "higher" else delta <= -0.15
    assert stated > 50
