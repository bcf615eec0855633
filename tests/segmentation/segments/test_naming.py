from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientela.contracts import LANGUAGES
from clientela.features.profile import order_by_value, profile_segments
from clientela.reporting.words import Words
from clientela.segmentation.segments.claims import Claim
from clientela.segmentation.segments.naming import name_segments
from clientela.segmentation.segments.naming_rules import (
    FitLimits,
    Name,
    NamingBook,
    NamingRule,
    Portrait,
    make_book,
    make_portraits,
    quantities,
)
from clientela.settings import FEATURES

OF_PRODUCTS = ("mean_item_price", "items_per_order", "products_per_order", "distinct_products")
PRODUCT_RULES = {"bulk_buyers", "premium_buyers", "bargain_hunters", "variety_seekers"}
RECENT, OVERDUE, AWAY, LONG_AWAY = ({"days_since_last_purchase": days} for days in (90.0, 60.0, 120.0, 300.0))

# One segment for each rule of conf/segment_names.yaml that no earlier rule takes: ranks and figures. In the shop of
# these tests, the typical gap is 60 days, and the medians are 4 items of 10 and 2 products per order.
FITTING = {
    "champions": ({"frequency": 0.8, "spend": 0.8}, RECENT | {"order_count": 4.0}),
    "bulk_buyers": ({"items_per_order": 0.8, "spend": 0.6}, {"items_per_order": 8.0}),
    "gift_buyers": ({"holiday_share": 0.65}, {"holiday_share": 0.5, "tenure_days": 90.0}),
    "premium_buyers": ({"mean_item_price": 0.8, "spend": 0.5}, {"mean_item_price": 15.0}),
    "weekend_regulars": ({"weekend_share": 0.8}, {"weekend_share": 0.5, "order_count": 3.0}),
    "bargain_hunters": ({"mean_item_price": 0.25}, {"mean_item_price": 6.7, "order_count": 2.0}),
    "frequent_returners": ({"return_share": 0.8}, {"return_share": 0.1, "order_count": 2.0}),
    "evening_shoppers": ({"evening_share": 0.8}, {"evening_share": 0.5, "order_count": 2.0}),
    "loyal": ({"frequency": 0.6, "spend": 0.5}, RECENT | {"order_count": 3.0}),
    "variety_seekers": ({"products_per_order": 0.8}, {"products_per_order": 3.0, "order_count": 2.0}),
    "new": ({}, {"tenure_days": 90.0, "order_count": 1.0}),
    "active_repeat": ({}, RECENT | {"order_count": 2.0}),
    "recent": ({}, RECENT | {"order_count": 1.0}),
    "repeat": ({}, {"days_since_last_purchase": [59.0] * 4 + [200.0] * 6, "order_count": 2.0}),
    "partly_active": ({}, {"days_since_last_purchase": [59.0] * 4 + [200.0] * 6, "order_count": 1.0}),
    "needs_attention": ({"spend": 0.5}, {"days_since_last_purchase": [60.0] * 4 + [200.0] * 6}),
    "cooling_off": ({"spend": 0.4}, {"days_since_last_purchase": [60.0] * 4 + [200.0] * 6}),
    "cannot_lose": ({"frequency": 0.75, "spend": 0.75}, AWAY),
    "at_risk": ({"spend": 0.55}, AWAY),
    "hibernating": ({"spend": 0.3}, AWAY),
    "lost": ({"spend": 0.3}, LONG_AWAY),
    "other": ({"without": ("days_since_last_purchase",)}, {}),
}


def texts(name):
    return {"en": name, "pt-BR": name}


def rule(id_, *, claims=(), unless=(), **when):
    return NamingRule(id_, Name(id_, texts(id_), texts("?"), texts("!")), when, claims, unless)


@pytest.fixture
def book_of(naming):
    """Rules by hand, with the namesakes of the settings."""

    def make(*rules):
        words = {language: Words(language, currency="GBP") for language in LANGUAGES}
        return NamingBook(rules, FitLimits(0.7, 0.7), FitLimits(0.7, 0.7, 0.1), naming.namesakes, 60, words)

    return make


def fitting(portrait, id_, **changes):
    ranks, figures = FITTING[id_]
    return portrait(**{**ranks, "figures": figures, **changes})


# The rules of conf/segment_names.yaml


def test_there_is_a_segment_for_each_rule(naming):
    assert list(FITTING) == [rule_.id for rule_ in naming.rules]


@pytest.mark.parametrize("id_", FITTING)
def test_every_rule_names_some_segment(portrait, books, naming, id_):
    ranks, _ = FITTING[id_]
    (name,) = name_segments([fitting(portrait, id_)], books(ranks.get("without", ())))
    assert name.rule == id_
    (given,) = (rule_ for rule_ in naming.rules if rule_.id == id_)
    assert name.name == given.name
    assert name.holds == (1.0 if given.claims else None)
    for text in (*name.description.values(), *name.action.values()):
        assert "{" not in text


BOUNDARIES = [
    ("champions", "days_since_last_purchase", 91.0),
    ("champions", "order_count", 3.0),
    ("champions", "rank_of_total_spend", 0.59),
    ("bulk_buyers", "items_per_order", 7.9),
    ("gift_buyers", "holiday_share", 0.49),
    ("gift_buyers", "tenure_days", 89.0),
    ("premium_buyers", "mean_item_price", 14.9),
    ("weekend_regulars", "weekend_share", 0.49),
    ("weekend_regulars", "order_count", 2.0),
    ("bargain_hunters", "mean_item_price", 6.8),
    ("bargain_hunters", "order_count", 1.0),
    ("frequent_returners", "return_share", 0.09),
    ("frequent_returners", "order_count", 1.0),
    ("evening_shoppers", "evening_share", 0.49),
    ("loyal", "days_since_last_purchase", 91.0),
    ("loyal", "order_count", 2.0),
    ("variety_seekers", "products_per_order", 2.9),
    ("new", "tenure_days", 91.0),
    ("active_repeat", "order_count", 1.0),
    ("recent", "days_since_last_purchase", 91.0),
    ("repeat", "order_count", 1.0),
    ("needs_attention", "days_since_last_purchase", 59.0),
    ("at_risk", "days_since_last_purchase", 119.0),
    ("hibernating", "days_since_last_purchase", 119.0),
    ("lost", "days_since_last_purchase", 299.0),
]


@pytest.mark.parametrize(("id_", "figure", "value"), BOUNDARIES)
def test_a_name_is_not_given_beyond_its_absolute_bound_however_high_the_ranks(portrait, book, id_, figure, value):
    ranks, figures = FITTING[id_]
    (name,) = name_segments([portrait(**ranks, figures=figures | {figure: value})], book)
    assert name.rule != id_


@pytest.mark.parametrize(
    ("meeting", "is_first", "is_kept"), [(8, "loyal", "loyal"), (7, "repeat", "loyal"), (6, "repeat", "repeat")]
)
def test_most_customers_must_meet_the_description_more_of_them_for_a_new_name(
    portrait, book, meeting, is_first, is_kept
):
    ranks, figures = FITTING["loyal"]
    days = [50.0] * meeting + [400.0] * (10 - meeting)
    one = portrait(id=4, **ranks, figures=figures | {"days_since_last_purchase": days})
    assert name_segments([one], book)[0].rule == is_first
    (name,) = name_segments([one], book, kept={4: kept_name("loyal", "Loyal")})
    assert name.rule == is_kept
    assert name.holds == (meeting / 10 if is_kept == "loyal" else 1)


@pytest.mark.parametrize(("away", "rule_"), [(8, "cooling_off"), (9, "hibernating")])
def test_a_kept_name_may_be_plainer_than_the_customers(portrait, book, away, rule_):
    days = [80.0] * (10 - away) + [130.0] * away
    one = portrait(id=4, spend=0.2, figures={"days_since_last_purchase": days})
    assert name_segments([one], book)[0].rule == "hibernating"
    assert name_segments([one], book, kept={4: kept_name("cooling_off", "Cooling off")})[0].rule == rule_


def test_claims_must_be_met_together(portrait, book):
    # 8 of 10 bought lately and 8 of 10 ordered three times, but only 6 of 10 did both.
    days, orders = [90.0] * 8 + [400.0] * 2, [1.0] * 2 + [3.0] * 8
    figures = {"days_since_last_purchase": days, "order_count": orders}
    (name,) = name_segments([portrait(frequency=0.7, spend=0.7, figures=figures)], book)
    assert name.rule == "recent"


@pytest.mark.parametrize(
    ("id_", "persona"),
    [
        ("weekend_regulars", "Visitante frequente de fim de semana"),
        ("premium_buyers", "Cliente premium que busca luxo"),
        ("bargain_hunters", "Explorador de ofertas"),
    ],
)
def test_the_personas_have_their_names(portrait, book, id_, persona):
    (name,) = name_segments([fitting(portrait, id_)], book)
    assert name.name["pt-BR"] == persona


def test_texts_give_the_bounds_in_days_orders_and_money(portrait, book):
    (champions,) = name_segments([fitting(portrait, "champions")], book)
    assert champions.description == {
        "en": "They bought in the last 90 days, ordered at least 4 times and spent more than 60% of all customers.",
        "pt-BR": "Compraram nos últimos 90 dias, fizeram pelo menos 4 pedidos e gastaram mais do que 60% de todos os "
        "clientes.",
    }
    (premium,) = name_segments([fitting(portrait, "premium_buyers")], book)
    assert premium.description["en"] == (
        "They pay £15.00 or more per item on average; the median of all customers is £10.00."
    )
    (risk,) = name_segments([portrait(spend=0.629, figures=AWAY)], book)
    assert risk.description["en"] == (
        "They have not bought for 120 days or longer. Half of them have spent more than 62% of all customers."
    )
    figures = {"days_since_last_purchase": [59.0] * 4 + [91.0] * 6, "order_count": 1.0}
    (mixed,) = name_segments([portrait(figures=figures)], book)
    assert mixed.description["en"] == ("40% of them bought in the last 90 days; the others have not bought for longer.")


# What was wrong on shops that nobody looked at


@pytest.mark.parametrize(
    ("ranks", "figures", "never"),
    [
        # A first order 275 days ago is not recent, however few customers have a shorter tenure.
        ({"recency": 0.9, "tenure_days": 0.05}, {"tenure_days": 275.0}, {"new"}),
        # Half of them came once.
        ({"weekend_share": 0.95}, {"weekend_share": 1.0, "order_count": [1.0] * 4 + [3.0] * 6}, {"weekend_regulars"}),
        # 236 days since the last order.
        ({"recency": 0.9, "frequency": 0.9, "spend": 0.9}, {"days_since_last_purchase": 236.0},
         {"champions", "loyal", "new", "active_repeat", "recent"}),
        # The last order was a week ago, with the lowest ranks.
        ({"recency": 0.0, "frequency": 0.0, "spend": 0.0}, {"days_since_last_purchase": 7.0, "order_count": 1.0},
         {"needs_attention", "cooling_off", "cannot_lose", "at_risk", "hibernating", "lost"}),
        # A year of silence is more than hibernating in a shop with a gap of two months.
        ({"recency": 0.9, "spend": 0.2}, {"days_since_last_purchase": 362.0}, {"hibernating", "cooling_off"}),
        # A cheap shop: its highest prices are no luxury.
        ({"mean_item_price": 0.99, "spend": 0.9}, {"mean_item_price": 11.0}, {"premium_buyers"}),
    ],
)  # fmt: skip
def test_names_that_figures_contradict_are_not_given(portrait, book, ranks, figures, never):
    (name,) = name_segments([portrait(**ranks, figures=figures)], book)
    assert name.rule not in never


# Fitting


def test_recency_is_turned_so_that_one_is_the_most_recent(portrait):
    one = portrait(days_since_last_purchase=0.2, order_count=0.7, total_spend=0.6, weekend_share=0.9)
    known = quantities(one.profile)
    assert known["recency"] == 0.8
    assert (known["frequency"], known["spend"], known["weekend_share"]) == (0.7, 0.6, 0.9)
    assert known["days_since_last_purchase"] == 0.2


@pytest.mark.parametrize("value, fits", [(0.39, False), (0.4, True), (0.6, True), (0.61, False)])
def test_both_ends_of_a_bound_are_included(portrait, value, fits):
    assert rule("middle", frequency=(0.4, 0.6)).fits(portrait(frequency=value), FitLimits(0.7, 0.7)) is fits


def test_all_bounds_must_be_kept(portrait):
    both = rule("both", frequency=(0.5, 1), spend=(0.5, 1))
    assert both.fits(portrait(frequency=0.9, spend=0.9), FitLimits(0.7, 0.7))
    assert not both.fits(portrait(frequency=0.9, spend=0.1), FitLimits(0.7, 0.7))


def test_a_rule_on_what_the_source_does_not_have_never_fits(portrait):
    anything = rule("anything", mean_item_price=(0, 1))
    assert anything.fits(portrait(), FitLimits(0.7, 0.7))
    assert not anything.fits(portrait(without=("mean_item_price",)), FitLimits(0.7, 0.7))


@pytest.mark.parametrize(("away", "fits"), [(6, True), (7, False)])
def test_a_rule_does_not_fit_if_too_many_meet_what_it_excludes(portrait, away, fits):
    days = [200.0] * away + [1.0] * (10 - away)
    excluding = rule("excluding", unless=(Claim("days_since_last_purchase", 100, None),))
    assert excluding.fits(portrait(figures={"days_since_last_purchase": days}), FitLimits(0.7, 0.7)) is fits


@pytest.mark.parametrize("id_", sorted(PRODUCT_RULES))
def test_without_products_the_product_rules_are_passed_over(portrait, books, id_):
    (name,) = name_segments([fitting(portrait, id_, without=OF_PRODUCTS)], books(OF_PRODUCTS))
    assert name.rule not in PRODUCT_RULES


@pytest.mark.parametrize("recency", np.arange(101) / 100)
def test_the_end_of_a_bound_on_recency_is_included(portrait, recency):
    assert rule("from", recency=(recency, 1)).fits(portrait(days_since_last_purchase=1 - recency), FitLimits(0.7, 0.7))


def test_each_segment_takes_the_first_rule_that_fits(portrait, book_of):
    rules = book_of(rule("high", spend=(0.5, 1)), rule("any", spend=(0, 1)), rule("rest"))
    three = [
        portrait(id=1, spend=0.9, figures={"total_spend": 900.0}),
        portrait(id=2, spend=0.8, figures={"total_spend": 800.0}),
        portrait(id=3, spend=0.1),
    ]
    names = name_segments(three, rules)
    assert [name.rule for name in names] == ["high", "high", "any"]
    assert [name.name["en"] for name in names] == ["high", "high: lower spend", "any"]


def test_no_segments_have_no_names(book):
    assert name_segments([], book) == []


# Names that are kept


def kept_name(id_, name, traits=()):
    return Name(id_, texts(name), texts("?"), texts("!"), traits=traits)


def test_a_kept_name_whose_rule_no_longer_fits_is_changed(portrait, book):
    old = kept_name("loyal", "Loyal")
    away = portrait(id=4, frequency=0.9, spend=0.9, figures={"days_since_last_purchase": 236.0})
    (name,) = name_segments([away], book, kept={4: old})
    assert name.rule == "cannot_lose"
    assert name.name["en"] == "Must not lose"


def test_a_name_is_kept_while_its_rule_fits_although_an_earlier_rule_does_too(portrait, book):
    (name,) = name_segments([fitting(portrait, "champions", id=4)], book, kept={4: kept_name("loyal", "Loyal")})
    assert name.rule == "loyal"
    assert name.name["en"] == "Loyal"
    # Its text has today's figures.
    assert name.description["en"] == "They bought in the last 90 days and ordered at least 3 times."


@pytest.mark.parametrize(("spend", "rule_"), [(0.45, "at_risk"), (0.44, "hibernating")])
def test_ranks_may_fall_a_little_before_a_kept_name_changes(portrait, book, spend, rule_):
    one = portrait(id=4, spend=spend, figures=AWAY)
    assert name_segments([one], book, kept={4: kept_name("at_risk", "At risk")})[0].rule == rule_
    assert name_segments([one], book)[0].rule == "hibernating"


def test_claims_have_no_such_slack(portrait, book):
    days = [119.0] * 4 + [121.0] * 6
    one = portrait(id=4, spend=0.6, figures={"days_since_last_purchase": days})
    assert name_segments([one], book, kept={4: kept_name("at_risk", "At risk")})[0].rule != "at_risk"


def test_a_kept_name_of_a_rule_that_is_gone_is_changed(portrait, book):
    (name,) = name_segments([fitting(portrait, "new", id=4)], book, kept={4: kept_name("of_an_older_file", "Odd")})
    assert name.rule == "new"


def test_a_new_segment_does_not_take_a_kept_plain_name(portrait, book):
    worse = fitting(portrait, "loyal", id=1, frequency=0.6, figures=RECENT | {"order_count": 3.0, "total_spend": 50.0})
    better = fitting(portrait, "loyal", id=2, frequency=0.7, figures=RECENT | {"order_count": 9.0})
    names = name_segments([worse, better], book, kept={1: kept_name("loyal", "Loyal")})
    assert names[0].name["en"] == "Loyal"
    assert names[1].name["en"].startswith("Loyal: ")
    assert [name.name["en"] for name in name_segments([worse, better], book)][1] == "Loyal"


def test_what_distinguished_a_kept_name_stays_while_it_is_true(portrait, book_of):
    rules = book_of(rule("any"))
    plain = portrait(id=1, spend=0.9, figures={"total_spend": 900.0, "mean_item_price": 20.0})
    other = portrait(id=2, spend=0.2, mean_item_price=0.4, figures={"total_spend": 100.0, "mean_item_price": 10.0})
    kept = {1: kept_name("any", "any"), 2: kept_name("any", "any: lower prices", ("mean_item_price",))}
    assert name_segments([plain, other], rules)[1].name["en"] == "any: lower spend"
    assert name_segments([plain, other], rules, kept=kept)[1].name["en"] == "any: lower prices"
    same_price = replace(plain, customers=plain.customers.assign(mean_item_price=10.0))
    same_price = replace(
        same_price, profile=replace(plain.profile, medians=plain.profile.medians | {"mean_item_price": 10.0})
    )
    assert name_segments([same_price, other], rules, kept=kept)[1].name["en"] == "any: lower spend"


# Random segments

DAYS = st.integers(1, 700)
CUSTOMER = st.tuples(
    DAYS,  # since the last purchase
    st.integers(0, 700),  # from the first to the last order
    st.integers(1, 12),  # orders
    st.integers(1, 2_000),  # spend
    *[st.integers(0, 4).map(lambda step: step / 4)] * 4,  # shares
    st.integers(1, 40),  # item price
    st.integers(1, 20),  # items per order
    st.integers(1, 12),  # products per order
)
SHARES = ("return_share", "weekend_share", "evening_share", "holiday_share")
segments_drawn = st.lists(st.tuples(st.integers(1, 5), CUSTOMER), min_size=5, max_size=60)


def features_of(drawn, *, with_products=True):
    """Customer features of drawn customers, and their segment ids."""
    rows = []
    for _, (days, between, orders, spend, *rest) in drawn:
        shares, (price, items, products) = rest[:4], rest[4:]
        row = dict.fromkeys(FEATURES, 1.0) | {
            "days_since_last_purchase": float(days),
            "tenure_days": float(days + (between if orders > 1 else 0)),
            "order_count": float(orders),
            "total_spend": float(spend),
            "mean_order_value": spend / orders,
            "mean_days_between_orders": between / (orders - 1) if orders > 1 else np.nan,
            **dict(zip(SHARES, shares, strict=True)),
            "mean_item_price": float(price),
            "items_per_order": float(items),
            "products_per_order": float(products),
        }
        rows.append(row if with_products else row | dict.fromkeys(OF_PRODUCTS, np.nan))
    features = pd.DataFrame(rows)
    features.insert(0, "customer_id", [str(row) for row in range(len(rows))])
    ids = np.array([label for label, _ in drawn])
    return features, order_by_value(ids, features["total_spend"].to_numpy())


def named(features, ids, naming):
    book = make_book(naming, features, currency="GBP")
    portraits = make_portraits(features, ids, profile_segments(features, ids), book)
    return portraits, name_segments(portraits, book), book


def holding(claims, customers):
    """The share of customers who meet all claims, written without the code under test."""
    met = 0
    for _, one in customers.iterrows():
        met += all(
            not np.isnan(one[claim.figure])
            and (claim.low is None or one[claim.figure] >= claim.low)
            and (claim.high is None or one[claim.figure] <= claim.high)
            for claim in claims
        )
    return met / len(customers)


@settings(max_examples=200)
@given(segments_drawn, st.booleans())
def test_random_segments_have_names_whose_claims_hold_for_most_of_their_customers(naming, drawn, with_products):
    features, ids = features_of(drawn, with_products=with_products)
    portraits, names, book = named(features, ids, naming)
    assert names == name_segments(portraits, book)
    for portrait, name in zip(portraits, names, strict=True):
        share = holding(name.claims, portrait.customers)
        assert share >= naming.least_share
        assert name.holds is None or name.holds == pytest.approx(share)
        assert name.rule != "other"
        assert with_products or name.rule not in PRODUCT_RULES
    for language in LANGUAGES:
        for kind in ("name", "description", "action"):
            written = [getattr(name, kind)[language] for name in names]
            assert all(written)
            if kind == "name":
                assert len(set(written)) == len(names)
        everything = [(name.name[language], name.description[language], name.action[language]) for name in names]
        for one, first in enumerate(names):
            for second in names[one + 1 :]:
                if first.rule == second.rule:
                    assert first.description[language] != second.description[language]
                    assert first.action[language] != second.action[language]
        assert len(set(everything)) == len(names)


@settings(max_examples=300)
@given(segments_drawn, st.integers(0, 300), st.integers(0, 6), st.integers(0, 1_500), st.data())
def test_the_better_segment_never_has_the_worse_name(naming, drawn, days, orders, spend, data):
    features, ids = features_of(drawn)
    portraits, _, book = named(features, ids, naming)
    worse = data.draw(st.sampled_from(portraits))
    # Some of its customers bought later, more often and for more; all other figures are the same.
    chosen = np.array(data.draw(st.lists(st.booleans(), min_size=len(worse.customers), max_size=len(worse.customers))))
    customers = worse.customers.copy()
    recency = customers["days_since_last_purchase"]
    customers["days_since_last_purchase"] = np.where(chosen, np.maximum(recency - days, 1), recency)
    customers["order_count"] += np.where(chosen, orders, 0)
    customers["total_spend"] += np.where(chosen, spend, 0)
    below = np.searchsorted(np.sort(features["total_spend"]), customers["total_spend"], side="left") / len(features)
    customers["rank_of_total_spend"] = np.maximum(below, worse.customers["rank_of_total_spend"])
    ranks, medians = dict(worse.profile.ranks), dict(worse.profile.medians)
    for name, better in (("days_since_last_purchase", min), ("order_count", max), ("total_spend", max)):
        medians[name] = float(customers[name].median())
        values = np.sort(features[name])
        rank = (np.searchsorted(values, medians[name], "left") + np.searchsorted(values, medians[name], "right")) / 2
        ranks[name] = better(ranks[name], rank / len(values))
    better_one = Portrait(replace(worse.profile, id=99, ranks=ranks, medians=medians), customers)
    position = {rule_.id: place for place, rule_ in enumerate(book.rules)}
    alone = [position[name_segments([one], book)[0].rule] for one in (worse, better_one)]
    assert alone[1] <= alone[0]
    together = name_segments([*portraits, better_one], book)
    of_worse = next(name for one, name in zip(portraits, together, strict=False) if one is worse)
    assert position[together[-1].rule] <= position[of_worse.rule]


@settings(max_examples=100)
@given(segments_drawn, st.data())
def test_kept_names_hold_too_and_are_unique(naming, drawn, data):
    features, ids = features_of(drawn)
    portraits, names, book = named(features, ids, naming)
    held = data.draw(st.permutations(names))
    kept = {one.profile.id: name for one, name in zip(portraits, held, strict=True) if data.draw(st.booleans())}
    again = name_segments(portraits, book, kept=kept)
    for portrait, name in zip(portraits, again, strict=True):
        assert holding(name.claims, portrait.customers) >= naming.least_share
    for language in LANGUAGES:
        assert len({name.name[language] for name in again}) == len(again)
    # Names that were given to the same segments stay.
    same = {one.profile.id: name for one, name in zip(portraits, names, strict=True)}
    assert name_segments(portraits, book, kept=same) == names


@settings(max_examples=30)
@given(st.integers(0, 1_000), st.permutations(range(6)))
def test_names_do_not_depend_on_the_integers_of_the_labels(naming, seed, order):
    rng = np.random.default_rng(seed)
    labels = rng.integers(6, size=60)
    features = _customers(rng, 60)
    spend = features["total_spend"].to_numpy()
    names = [
        named(features, order_by_value(integers, spend), naming)[1] for integers in (labels, np.array(order)[labels])
    ]
    assert names[0] == names[1]


def _customers(rng, count):
    columns = {name: rng.uniform(1, 100, count) for name in FEATURES}
    return pd.DataFrame({"customer_id": [str(row) for row in range(count)], **columns})
