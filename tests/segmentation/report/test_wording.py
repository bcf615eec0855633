import re
from string import Formatter

import pytest

from clientela.contracts import CUSTOMER_FEATURES, LANGUAGES
from clientela.data.cleaning import DEFINITIONS
from clientela.reporting.words import NO_BREAK, Words, messages
from clientela.segmentation.report.html import render_report

FEATURES = [column.name for column in CUSTOMER_FEATURES.columns if column.name != "customer_id"]
ENGLISH, PORTUGUESE = (messages(language) for language in LANGUAGES)
# Which of these is needed depends on the figures; other tests go through them.
BY_VALUE = (
    "features.",
    "count.",
    "ledger.",
    "dropped.",
    "profiles.rank.",
    "charts.medium",
    "charts.trace",
    "conditions.",
    "method.baseline",
    "method.shortlisted",
)


def places(text):
    return sorted({name for _, name, *_ in Formatter().parse(text) if name is not None})


def tags(text):
    return sorted(re.findall(r"<[^>]+>", text))


def test_both_languages_have_the_same_keys():
    assert list(ENGLISH) == list(PORTUGUESE)


@pytest.mark.parametrize("key", ENGLISH)
def test_a_message_has_the_same_places_and_tags_in_both_languages(key):
    assert places(ENGLISH[key]) == places(PORTUGUESE[key])
    assert tags(ENGLISH[key]) == tags(PORTUGUESE[key])
    assert ENGLISH[key].strip()
    assert PORTUGUESE[key].strip()


def test_long_messages_are_translated():
    alike = [key for key in ENGLISH if len(ENGLISH[key].split()) > 3 and ENGLISH[key] == PORTUGUESE[key]]
    assert alike == []


def with_lifts(segment, **lifts):
    """The segment with other lifts of what it buys."""
    habits = segment["habits"]
    bought = {kind: [{**row, "lift": lift} for row in habits[kind]] for kind, lift in lifts.items()}
    return {**segment, "habits": {**habits, **bought}}


def test_every_message_is_used(report, monkeypatch):
    used = set()
    for name in ("text", "html"):
        method = getattr(Words, name)
        monkeypatch.setattr(
            Words, name, lambda self, key, method=method, **values: used.add(key) or method(self, key, **values)
        )
    zero = [{**row, "spend": [0.0, 0.0, 0.0]} if row["id"] == 7 else row for row in report["proof"]["by_segment"]]
    better = {**report["proof"]["mean"], "rfm_grid": 0.3}
    render_report(report, language="en")
    render_report({**report, "migration": None, "proof": None}, language="en")
    render_report({**report, "proof": {**report["proof"], "by_segment": zero, "mean": better}}, language="en")
    render_report({**report, "segments": report["segments"][:1], "migration": None}, language="en")
    other = [with_lifts(report["segments"][0], products=0.5, groups=2.0), *report["segments"][1:]]
    render_report({**report, "segments": other}, language="en")
    risk = {"mean": 0.2, "high": 0.1, "days": 90, "as_of": "2011-12-10"}
    render_report({**report, "churn": {report["segments"][0]["id"]: risk}}, language="en")
    assert {key for key in ENGLISH if not key.startswith(BY_VALUE)} - used == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_has_its_words(feature, language):
    words = Words(language)
    assert all(words.has(f"features.{feature}.{part}") for part in ("label", "short", "unit", "definition"))
    assert words.label(feature) != feature


def test_every_cleaning_rule_has_its_words():
    assert [rule for rule in DEFINITIONS if f"ledger.{rule}" not in ENGLISH] == []


@pytest.mark.parametrize(
    "method, value, english, portuguese",
    [
        ("number", 1234.5, "1,234", "1.234"),
        ("number", -1234567, "−1,234,567", "−1.234.567"),
        ("number", None, "–", "–"),
        ("number", float("nan"), "–", "–"),
        ("percent", 0.1234, "12%", "12%"),
        ("percent", 0.0123, "1.2%", "1,2%"),
        ("percent", 0.0, "0%", "0%"),
        ("percent", 0.0999, "10%", "10%"),
        ("money", 1234.5, "£1,234", f"£{NO_BREAK}1.234"),
        ("money", -12.5, "−£12.50", f"−£{NO_BREAK}12,50"),
        ("money", None, "–", "–"),
        ("money_short", 8_298_620.0, "£8.3 million", f"£{NO_BREAK}8,3 milhões"),
        ("date", "2011-12-10", f"10{NO_BREAK}Dec{NO_BREAK}2011", f"10{NO_BREAK}dez{NO_BREAK}2011"),
    ],
)
def test_figures_are_written_as_the_language_has_it(method, value, english, portuguese):
    assert getattr(Words("en", currency="GBP"), method)(value) == english
    assert getattr(Words("pt-BR", currency="GBP"), method)(value) == portuguese


def test_digits_behind_the_point_and_the_sign_of_nothing():
    assert Words("pt-BR").number(1234.56, 1) == "1.234,6"
    assert Words("en").number(-0.001, 1) == "0.0"


@pytest.mark.parametrize("currency, written", [("", "900"), ("CHF", f"CHF{NO_BREAK}900"), ("BRL", f"R${NO_BREAK}900")])
def test_a_currency_is_a_sign_a_code_or_nothing(currency, written):
    assert Words("en", currency=currency).money(900) == written


def test_one_thing_and_many():
    assert [Words("en").count("orders", n) for n in (1, 2, 1000)] == ["1 order", "2 orders", "1,000 orders"]


def test_values_in_markup_are_escaped_and_the_tags_of_the_message_stay():
    line = Words("en").html("summary.single", name="<script>")
    assert "<strong>&lt;script&gt;</strong>" in line
