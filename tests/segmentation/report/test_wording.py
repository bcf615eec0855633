import re
from string import Formatter

import pytest

from clientela.contracts import CUSTOMER_FEATURES, LANGUAGES
from clientela.data.customer_table import TOTALS_RULES
from clientela.data.rules import DEFINITIONS
from clientela.reporting.words import Words, messages
from clientela.segmentation.clustering.reason import Reason
from clientela.segmentation.report.html import render_report

FEATURES = [column.name for column in CUSTOMER_FEATURES.columns if column.name != "customer_id"]
ENGLISH, PORTUGUESE = (
    {key.removeprefix("segmentation."): text for key, text in found.items()}
    for found in (messages(language) | messages(language, "segmentation") for language in LANGUAGES)
)
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
    "attribute_names.",
    "recognition.yes",
    "recognition.no",
    "recognition.partly",
    "reasons.",
    "method.baseline",
    "method.fallback",
    "method.shortlisted",
    "quality.found.",
    "quality.why.",
    "quality.columns.",
    "quality.measures.",
    "quality.findings.",
    "quality.seasonal.",
    "quality.headline_none",
    "quality.not_capped",
    "exploration.found.",
    "exploration.quarter",
    "dictionary.",
    "rate.",
    "summary.first_loyal",
    "summary.then",
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


def forecasts(forecast):
    """The forecast without orders, without horizons, and without a season or past dates, narrow and wide."""
    horizons = [
        {
            **horizon,
            "is_seasonal": False,
            "coverage": {**horizon["coverage"], "dates": 0},
            "past": [{**row, "covered": False} for row in horizon["past"]],
        }
        for horizon in forecast["horizons"]
    ]
    wide = [
        {**one, "groups": [{**row, "spend": [*row["spend"][:2], 1e9]} for row in one["groups"]]} for one in horizons
    ]
    return (
        None,
        {**forecast, "horizons": [], "last_to_average": 0.5},
        {**forecast, "horizons": horizons},
        {**forecast, "horizons": wide},
    )


def test_every_message_is_used(report, members, monkeypatch, undrawn):
    used = set()
    for name in ("text", "html"):
        method = getattr(Words, name)
        monkeypatch.setattr(
            Words, name, lambda self, key, method=method, **values: used.add(key) or method(self, key, **values)
        )
    zero = [{**row, "spend": [0.0, 0.0, 0.0]} if row["id"] == 7 else row for row in report["backtest"]["by_segment"]]
    better = {**report["backtest"]["mean"], "rfm_grid": 0.3}
    render_report(report, language="en")
    render_report({**report, "migration": None, "backtest": None}, language="en")
    render_report({**report, "backtest": {**report["backtest"], "by_segment": zero, "mean": better}}, language="en")
    alone = {"segments": report["segments"][:1], "decisions": report["decisions"][:1], "migration": None}
    alone["customers"] = {"shown": "none", "segments": []}
    render_report({**report, **alone}, language="en")
    other = [with_lifts(report["segments"][0], products=0.5, groups=2.0, countries=0.5), *report["segments"][1:]]
    other[1] = {**other[1], "rule": other[0]["rule"], "traits": ["order_count"]}
    render_report({**report, "segments": other}, language="en")
    same = [with_lifts(report["segments"][0], products=1.0, groups=1.0), *report["segments"][1:]]
    render_report({**report, "segments": same, "data": {**report["data"], "customers": 90}}, language="en")
    unpredictable = Reason.of("caveat_unpredictable", "Past behaviour does not predict spend here.")
    render_report({**report, "caveats": [unpredictable]}, language="en")
    render_report(members, language="en")
    render_report({**members, "decisions": report["decisions"][:1]}, language="en")
    trials = [
        {**report["decisions"][0]["trial"], "is_forecast": True},
        {**report["decisions"][0]["trial"], "control": 0},
    ]
    groups = report["forecast"]["horizons"][1]["groups"]
    for trial in trials:
        rows = [{**report["decisions"][0], "trial": trial, "expected": groups[0]}]
        render_report({**report, "decisions": rows}, language="en")
    risk = {"mean": 0.2, "high": 0.1, "days": 90, "as_of": "2011-12-10"}
    render_report({**report, "churn": {report["segments"][0]["id"]: risk}}, language="en")
    expecting = [{**row, "expected": groups[2]} for row in report["decisions"]]
    render_report({**report, "decisions": expecting}, language="en")
    for forecast in forecasts(report["forecast"]):
        render_report({**report, "forecast": forecast, "decisions": expecting}, language="en")
        render_report({**report, "forecast": forecast}, language="en")
    rows = [{**row, "at_stake": None} for row in report["decisions"]]
    render_report({**report, "decisions": rows}, language="en")
    assert {key for key in ENGLISH if not key.startswith(BY_VALUE)} - used == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_has_its_words(feature, language):
    words = Words(language, book="segmentation")
    assert all(words.has(f"features.{feature}.{part}") for part in ("label", "short", "unit", "definition"))
    assert words.label(feature) != feature


def test_every_cleaning_rule_has_its_words():
    assert [rule for rule in [*DEFINITIONS, *TOTALS_RULES] if f"ledger.{rule}" not in ENGLISH] == []


def test_values_in_markup_are_escaped_and_the_tags_of_the_message_stay():
    line = Words("en", book="segmentation").html("summary.single", name="<script>")
    assert "<strong>&lt;script&gt;</strong>" in line
