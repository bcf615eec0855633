"""What the descriptions of segments state is true of their customers.

The test reads the English descriptions, and checks each statement on the customers' features with code of its own.
"""

import re
from datetime import timedelta
from functools import cache
from itertools import product

import numpy as np
import pytest
from refits import continued, new_clusters, refreshed

from clientela.features.build import build_features, default_as_of

pytestmark = pytest.mark.slow

DATASETS = ["online_retail", "retail_transactions", "cdnow", "demo", "superstore"]
LEAST = 0.7
ROUNDING = 1e-9  # 0.5 is written as 50%

# Statements about each customer: pattern of the text -> whether each customer meets it, from the features and a number.
STATEMENTS = {
    r"(?<!of them )bought in the last (N) days": lambda f, n: f.days_since_last_purchase <= n,
    r"They have not bought for (N) days or longer": lambda f, n: f.days_since_last_purchase >= n,
    r"Their last order was (N) days ago or earlier": lambda f, n: f.days_since_last_purchase >= n,
    r"their last one at most (N)": lambda f, n: f.days_since_last_purchase <= n,
    r"ordered at least (N) times": lambda f, n: f.order_count >= n,
    r"more than once \((N) orders or more\)": lambda f, n: (f.order_count >= n) & (f.order_count > 1),
    r"first order in the last (N) days": lambda f, n: f.tenure_days <= n,
    r"Their first order was at least (N) days ago": lambda f, n: f.tenure_days >= n,
    r"They buy (N) items or more per order": lambda f, n: f.items_per_order >= n,
    r"They pay \S*?(N) or more per item": lambda f, n: f.mean_item_price >= n,
    r"They pay \S*?(N) or less per item": lambda f, n: f.mean_item_price <= n,
    r"with (N) different products or more per order": lambda f, n: f.products_per_order >= n,
    r"They spent (N)% or more of their money in November": lambda f, n: f.holiday_share >= n / 100 - ROUNDING,
    r"(N)% or more of the orders on Saturdays": lambda f, n: f.weekend_share >= n / 100 - ROUNDING,
    r"(N)% or more of the orders after": lambda f, n: f.evening_share >= n / 100 - ROUNDING,
    r"sent back (N)% or more of the value": lambda f, n: f.return_share >= n / 100 - ROUNDING,
    r"spent more than (N)% of all customers": lambda f, n: f.rank_of_total_spend >= n / 100 - ROUNDING,
}
HALF = r"[Hh]alf of them have spent more than (N)% of all customers"
# Shares of the customers: the number of the share, and that of the condition.
SHARES = {
    r"(N)% of them (?:have )?ordered only once": lambda f, _: f.order_count == 1,
    r"(N)% of them bought in the last (N) days": lambda f, n: f.days_since_last_purchase <= n,
}
OF_THE_SHOP = [
    r"the median of all customers is \S*?(N)",
    r"the typical gap between two orders in this shop is (N) days",
    r"where the typical gap between two orders is (N) days",
]
COMPARISON = r"(Days since the last purchase|Orders): (N) at the median, (N) in “(.+?)”\."
COMPARED = {"Days since the last purchase": "days_since_last_purchase", "Orders": "order_count"}


def compiled(pattern):
    return re.compile(pattern.replace("(N)", r"(\d[\d,]*(?:\.\d+)?)"))


def number(text):
    return float(text.replace(",", ""))


@pytest.fixture(scope="module")
def snapshots(open_shop, settings_of):
    """Settings of a data set, and its customers a quarter before the end of the data and at the end."""

    @cache
    def build(name):
        with open_shop(name) as connection:
            end = default_as_of(connection)
            return settings_of(name), [(d, build_features(connection, as_of=d)) for d in (end - timedelta(90), end)]

    return build


@pytest.fixture(scope="module", params=product(DATASETS, [4, 6, 8]), ids=lambda case: f"{case[0]}-{case[1]}")
def versions(snapshots, request):
    """New clusters, and the versions of a quarter later that keep or continue them: (features, version)."""
    name, k = request.param
    settings, ((day, before), (end, now)) = snapshots(name)
    version, _ = new_clusters(before, settings, day, k=k, seed=0, previous=None)
    later = [way(now, settings, end, previous=version)[0] for way in (refreshed, continued)]
    return [(before, version), *((now, one) for one in later)]


def cards(versions):
    """Each segment with its English description and its customers' features."""
    for features, version in versions:
        spend = features["total_spend"].to_numpy()
        known = features.assign(rank_of_total_spend=[(spend < value).mean() for value in spend])
        segment_of = version.customers["segment_id"].to_numpy()
        members = {segment["id"]: known[segment_of == segment["id"]] for segment in version.segments}
        by_name = {segment["name"]["en"]: members[segment["id"]] for segment in version.segments}
        for segment in version.segments:
            yield segment["description"]["en"], members[segment["id"]], by_name


def test_what_a_description_states_holds_for_seven_in_ten_customers_at_least(versions):
    for text, customers, _ in cards(versions):
        met = np.ones(len(customers), dtype=bool)
        for pattern, holds in STATEMENTS.items():
            if "spent more" in pattern and compiled(HALF).search(text):
                continue
            for found in compiled(pattern).finditer(text):
                met &= holds(customers, number(found[1])).to_numpy()
        assert met.mean() >= LEAST, text


def test_shares_and_medians_in_descriptions_are_those_of_the_customers(versions):
    for text, customers, by_name in cards(versions):
        for pattern, holds in SHARES.items():
            for found in compiled(pattern).finditer(text):
                numbers = [number(group) for group in found.groups()]
                assert 100 * holds(customers, numbers[-1]).mean() == pytest.approx(numbers[0], abs=0.51), text
        for found in compiled(HALF).finditer(text):
            assert (customers["rank_of_total_spend"] >= number(found[1]) / 100 - ROUNDING).mean() >= 0.5, text
        for found in compiled(COMPARISON).finditer(text):
            column, medians = COMPARED[found[1]], (number(found[2]), number(found[3]))
            found_in = (customers[column].median(), by_name[found[4]][column].median())
            assert medians == pytest.approx(found_in, abs=0.51), text


def test_no_two_segments_have_the_same_text(versions):
    for _, version in versions:
        for language in ("en", "pt-BR"):
            for field in ("name", "description"):
                texts = [segment[field][language] for segment in version.segments]
                assert len(set(texts)) == len(texts)


def test_the_test_reads_every_number_of_a_description(versions):
    patterns = [*SHARES, HALF, *STATEMENTS, *OF_THE_SHOP, COMPARISON]
    for text, _, _ in cards(versions):
        rest = re.sub(r"[^.]+: \S+ at the median, \S+ in “.+?”\.|Group \d+: none of the figures.*|6 p\.m\.", "", text)
        for pattern in patterns:
            rest = compiled(pattern).sub("", rest)
        assert not re.search(r"\d", rest), (text, rest)
