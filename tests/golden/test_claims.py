"""What the descriptions of segments state is true of their customers.

The test reads the descriptions in both languages, and checks each statement on the customers' features with code of its
own.
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

# Statements about each customer: patterns of the texts -> whether each customer meets it, given the number of the text.
STATEMENTS = [
    (
        {
            "en": r"(?<!of them )bought in the last (N) days",
            "pt-BR": r"Compraram nos últimos (N) dias",
        },
        lambda f, n: f.days_since_last_purchase <= n,
    ),
    (
        {"en": r"They have not bought for (N) days or longer", "pt-BR": r"Não compram há (N) dias ou mais"},
        lambda f, n: f.days_since_last_purchase >= n,
    ),
    (
        {
            "en": r"Their last order was (N) days ago or earlier",
            "pt-BR": r"O último pedido foi há (N) dias ou mais",
        },
        lambda f, n: f.days_since_last_purchase >= n,
    ),
    (
        {"en": r"their last one at most (N)", "pt-BR": r"o último há no máximo (N)"},
        lambda f, n: f.days_since_last_purchase <= n,
    ),
    (
        {"en": r"ordered at least (N) times", "pt-BR": r"[Ff]izeram pelo menos (N) pedidos"},
        lambda f, n: f.order_count >= n,
    ),
    (
        {"en": r"more than once \((N) orders or more\)", "pt-BR": r"mais de uma vez \((N) pedidos ou mais\)"},
        lambda f, n: (f.order_count >= n) & (f.order_count > 1),
    ),
    (
        {"en": r"first order in the last (N) days", "pt-BR": r"Fizeram o primeiro pedido nos últimos (N) dias"},
        lambda f, n: f.tenure_days <= n,
    ),
    (
        {
            "en": r"Their first order was at least (N) days ago",
            "pt-BR": r"O primeiro pedido foi há pelo menos (N) dias",
        },
        lambda f, n: f.tenure_days >= n,
    ),
    (
        {"en": r"They buy (N) items or more per order", "pt-BR": r"Compram (N) itens ou mais por pedido"},
        lambda f, n: f.items_per_order >= n,
    ),
    (
        {"en": r"They pay \S*?(N) or more per item", "pt-BR": r"Pagam em média \D{0,4}(N) ou mais por item"},
        lambda f, n: f.mean_item_price >= n,
    ),
    (
        {"en": r"They pay \S*?(N) or less per item", "pt-BR": r"Pagam em média \D{0,4}(N) ou menos por item"},
        lambda f, n: f.mean_item_price <= n,
    ),
    (
        {
            "en": r"with (N) different products or more per order",
            "pt-BR": r"com (N) produtos diferentes ou mais por pedido",
        },
        lambda f, n: f.products_per_order >= n,
    ),
    (
        {
            "en": r"They spent (N)% or more of their money in November",
            "pt-BR": r"Gastaram (N)% ou mais do seu dinheiro em novembro",
        },
        lambda f, n: f.holiday_share >= n / 100 - ROUNDING,
    ),
    (
        {
            "en": r"(N)% or more of the orders on Saturdays",
            "pt-BR": r"(N)% ou mais deles aos sábados",
        },
        lambda f, n: f.weekend_share >= n / 100 - ROUNDING,
    ),
    (
        {"en": r"(N)% or more of the orders after", "pt-BR": r"(N)% ou mais deles depois das"},
        lambda f, n: f.evening_share >= n / 100 - ROUNDING,
    ),
    (
        {"en": r"sent back (N)% or more of the value", "pt-BR": r"devolveram (N)% ou mais do valor"},
        lambda f, n: f.return_share >= n / 100 - ROUNDING,
    ),
    (
        {
            "en": r"spent more than (N)% of all customers",
            "pt-BR": r"(?:gastaram|gastou|gastado) mais do que (N)% de todos os clientes",
        },
        lambda f, n: f.rank_of_total_spend >= n / 100 - ROUNDING,
    ),
]
HALF = {
    "en": r"[Hh]alf of them have spent more than (N)% of all customers",
    "pt-BR": r"[Mm]etade deles (?:tenha gastado|gastou) mais do que (N)% de todos os clientes",
}
# Shares of the customers: the number of the share, and that of the condition.
SHARES = [
    (
        {
            "en": r"(N)% of them (?:have )?ordered only once",
            "pt-BR": r"(N)% deles fizeram um só pedido",
        },
        lambda f, _: f.order_count == 1,
    ),
    (
        {"en": r"(N)% of them bought in the last (N) days", "pt-BR": r"(N)% deles compraram nos últimos (N) dias"},
        lambda f, n: f.days_since_last_purchase <= n,
    ),
]
OF_THE_SHOP = {
    "en": [
        r"the median of all customers is \S*?(N)",
        r"the typical gap between two orders in this shop is (N) days",
        r"where the typical gap between two orders is (N) days",
    ],
    "pt-BR": [
        r"a mediana de todos os clientes é \D{0,4}(N)",
        r"o intervalo típico entre dois pedidos nesta loja é de (N) dias",
        r"em que o intervalo típico entre dois pedidos é de (N) dias",
    ],
}
COMPARISON = {
    "en": r"(Days since the last purchase|Orders): (N) at the median, (N) in “(.+?)”\.",
    "pt-BR": r"(Dias desde a última compra|Pedidos): mediana de (N); em “(.+?)”, (N)\.",
}
COMPARED = {
    "Days since the last purchase": "days_since_last_purchase",
    "Dias desde a última compra": "days_since_last_purchase",
    "Orders": "order_count",
    "Pedidos": "order_count",
}
# Comparisons of other figures, and fixed texts with a number.
OTHER = {
    "en": r"[^.]+: \S+ at the median, \S+ in “.+?”\.|Group \d+: none of the figures.*|6 p\.m\.",
    "pt-BR": r"[^.]+: mediana de [^;]+; em “.+?”, .+?\.(?= |$)|Grupo \d+: nenhum dos indicadores.*|18 horas",
}
LANGUAGES = ("en", "pt-BR")
NUMBER = {"en": r"(\d[\d,]*(?:\.\d+)?)", "pt-BR": r"(\d[\d.]*(?:,\d+)?)"}


def compiled(pattern, language):
    return re.compile(pattern.replace("(N)", NUMBER[language]))


def number(text, language):
    thousands, decimal = (",", ".") if language == "en" else (".", ",")
    return float(text.replace(thousands, "").replace(decimal, "."))


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


def cards(versions, language):
    """Each segment with its description in a language and its customers' features."""
    for features, version in versions:
        spend = features["total_spend"].to_numpy()
        known = features.assign(rank_of_total_spend=[(spend < value).mean() for value in spend])
        segment_of = version.customers["segment_id"].to_numpy()
        members = {segment["id"]: known[segment_of == segment["id"]] for segment in version.segments}
        by_name = {segment["name"][language]: members[segment["id"]] for segment in version.segments}
        for segment in version.segments:
            yield segment["description"][language], members[segment["id"]], by_name


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_description_states_holds_for_seven_in_ten_customers_at_least(versions, language):
    for text, customers, _ in cards(versions, language):
        met = np.ones(len(customers), dtype=bool)
        of_half = compiled(HALF[language], language).search(text)
        for patterns, holds in STATEMENTS:
            if of_half and "spent more than" in patterns["en"]:
                continue
            for found in compiled(patterns[language], language).finditer(text):
                met &= holds(customers, number(found[1], language)).to_numpy()
        assert met.mean() >= LEAST, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_shares_and_medians_in_descriptions_are_those_of_the_customers(versions, language):
    for text, customers, by_name in cards(versions, language):
        for patterns, holds in SHARES:
            for found in compiled(patterns[language], language).finditer(text):
                numbers = [number(group, language) for group in found.groups()]
                assert 100 * holds(customers, numbers[-1]).mean() == pytest.approx(numbers[0], abs=0.51), text
        for found in compiled(HALF[language], language).finditer(text):
            least = number(found[1], language) / 100 - ROUNDING
            assert (customers["rank_of_total_spend"] >= least).mean() >= 0.5, text
        for found in compiled(COMPARISON[language], language).finditer(text):
            label, own, *others = found.groups()
            value, name = others if language == "en" else others[::-1]
            column, stated = COMPARED[label], (number(own, language), number(value, language))
            assert stated == pytest.approx((customers[column].median(), by_name[name][column].median()), abs=0.51), text


def numbers_stated(text, language):
    """Statement -> its numbers in a text."""
    return [
        [
            [number(group, language) for group in found.groups()]
            for found in compiled(patterns[language], language).finditer(text)
        ]
        for patterns, _ in [*STATEMENTS, *SHARES]
    ]


def test_the_portuguese_text_states_the_same_as_the_english_one(versions):
    for (text, _, _), (translated, _, _) in zip(cards(versions, "en"), cards(versions, "pt-BR"), strict=True):
        assert numbers_stated(translated, "pt-BR") == numbers_stated(text, "en"), (text, translated)


def test_no_two_segments_have_the_same_text(versions):
    for _, version in versions:
        for language in LANGUAGES:
            for field in ("name", "description"):
                texts = [segment[field][language] for segment in version.segments]
                assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_test_reads_every_number_of_a_description(versions, language):
    stated = [patterns[language] for patterns, _ in [*SHARES, *STATEMENTS]]
    patterns = [*stated[: len(SHARES)], HALF[language], *stated[len(SHARES) :], *OF_THE_SHOP[language]]
    for text, _, _ in cards(versions, language):
        rest = compiled(COMPARISON[language], language).sub("", text)
        rest = re.sub(OTHER[language], "", rest)
        for pattern in patterns:
            rest = compiled(pattern, language).sub("", rest)
        assert not re.search(r"\d", rest), (text, rest)
