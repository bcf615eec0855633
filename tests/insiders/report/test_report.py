"""The Insiders report: its figures and texts in both languages, and its layout on phones."""

import json
import re
from copy import deepcopy
from string import Formatter

import pytest

from clientela.contracts import LANGUAGES
from clientela.holdout.rates import assumed_rate
from clientela.insiders.report.conditions import either, entry_phrases, removal_phrases, rule_texts
from clientela.insiders.report.context import ReportContext
from clientela.insiders.report.html import QUESTIONS, SECTIONS, render_report
from clientela.reporting.words import NO_BREAK, Words, messages

ENGLISH, PORTUGUESE = (messages(language, "insiders") for language in LANGUAGES)
RULES = {
    "window_days": 180,
    "entry": {"spend": 500.0, "orders": 3, "days": 60},
    "removal": {"spend": 300.0, "orders": 2, "days": 90},
}
MEASURED = {"value": 0.084, "low": 0.03, "high": 0.14, "level": 0.9, "campaigns": 2, "is_own": True}


def profile(id_, scale):
    medians = {"days_since_last_purchase": 30.0 / scale, "order_count": 4.0 * scale, "total_spend": 200.0 * scale}
    return {
        "id": id_,
        "rank": id_,
        "medians": medians,
        "quartiles": {},
        "ranks": {},
        "effects": {"total_spend": 0.8, "order_count": 0.6, "days_since_last_purchase": -0.3},
    }


def group(name, value, difference):
    return {"name": name, "share": [value - 0.05, value, value + 0.05], "difference": difference}


@pytest.fixture
def report():
    date = {
        "as_of": "2011-09-11", "ranking": "revenue_sort", "purchase_model": "bg_nbd", "target": 65,
        "customers": 700, "members": 60, "bought_again": [0.91, 0.53], "effect": 0.76,
        "member_spend": [900.0, 1000.0, 1100.0], "other_spend": [90.0, 100.0, 110.0], "ratio": [9.0, 10.0, 12.0],
        "share": [0.4, 0.46, 0.5], "actual": 60_000.0, "expected": [30_000.0, 40_000.0, 70_000.0],
        "actual_all": 130_000.0, "expected_all": [80_000.0, 100_000.0, 140_000.0], "rules": RULES,
    }  # fmt: skip
    measure = {"mean": 1000.0, "possible": True, "needed": 4000, "detectable": 0.33}
    return {
        "shop": {
            "title": "A Shop & <b>", "dataset": "shop", "currency": "GBP", "as_of": "2011-12-10",
            "location": "shop.csv", "digest": "abc", "homepage": "https://shop.example", "licence": "CC BY 4.0",
        },
        "data": {
            "rows_in": 12_000, "rows_kept": 9_876, "customers": 720, "revenue": 1e6, "first_order": "2010-12-01",
            "last_order": "2011-12-09",
        },
        "size": {
            "target": 70, "criterion": "auto", "bounds": [20, 140],
            "curve": {
                "customers": [0.0, 0.1, 1.0], "share": [0.0, 0.5, 1.0], "chosen": 0.1, "bounds": [0.03, 0.2],
                "of": "expected",
            },
        },
        "programme": {
            "rules": RULES, "members": 72, "entered": 60, "kept": 12, "fidelity": 0.87, "given": False, "looser": 0.6,
        },
        "replay": {
            "months": [
                {"as_of": f"2011-{month:02d}-10", "customers": 700, "members": 60 + month, "entered": 9, "left": 2,
                 "stayed": 50}
                for month in (10, 11, 12)
            ],
            "flapped": 0.08,
        },
        "listed_members": [
            {"customer_id": "C<1>", "since": "2011-10-10", "founding": True, "kept": True, "spend": 950.0, "orders": 7,
             "days": 5, "expected": 321.0, "low": 100.0, "high": 900.0}
        ],
        "pseudonyms": True,
        "traits": {"members": profile(1, 3.0), "rest": profile(2, 1.0)},
        "shares": {
            "history": {"share": [0.5, 0.55, 0.6], "spend": 550_000.0},
            "window": {"share": [0.5, 0.57, 0.6], "spend": 250_000.0},
            "window_days": 180,
            "concentration": {"best": 10, "customers": 72, "share": 0.37},
        },
        "expected": {
            "totals": [
                {"months": months, "members": [9e3 * months, 1e4 * months, 1.1e4 * months],
                 "all": [1e4 * months, 2e4 * months, 3e4 * months], "too_small": months == 6}
                for months in (1, 3, 6)
            ],
            "months": 3,
            "record": {
                "seasonal": True, "dates": 14, "covered": 12, "tenths": 140, "tenths_covered": 127, "periods": 5.3,
                "error": 0.084,
            },
            "model": "mbg_nbd",
            "models": [
                {"name": "mbg_nbd", "dates": 3, "error": 0.21, "total": -0.04},
                {"name": "plain", "dates": 3, "error": 0.34, "total": 0.2},
                {"name": "pareto_nbd", "dates": 3, "error": None, "total": None},
            ],
            "findings": [
                {"code": "nobody_stops", "figures": {"model": "ModifiedBetaGeometricNBD", "alive": 0.99}},
                {"code": "frequency_and_spend_correlated", "figures": {"correlation": 0.42}},
            ],
        },
        "backtest": {
            "horizon_days": 90,
            "interval": 0.9,
            "dates": [date, {**date, "as_of": "2011-08-12", "actual": 76_000.0, "ranking": "rfm_score"}],
            "groups": [
                group("programme", 0.46, [0.0, 0.0, 0.0]), group("revenue_sort", 0.45, [-0.01, 0.01, 0.03]),
                group("rfm_score", 0.30, [0.1, 0.16, 0.2]), group("best_segment", 0.50, [-0.06, -0.04, -0.01]),
                group("expected_value", 0.44, [-0.01, 0.02, 0.03]), group("model", 0.455, [-0.01, 0.005, 0.02]),
                group("random", 0.08, [0.3, 0.38, 0.4]),
            ],
            "holdout": [
                {"outcome": "spend", **measure}, {"outcome": "orders", **measure, "needed": 50, "detectable": 0.1},
                {"outcome": "again", **measure, "mean": 0.95, "possible": False},
            ],
        },
        "comparison": {
            "choice": "expected_value",
            "chosen_share": 0.47,
            "shares": [
                {"name": name, "share": [0.4, value, 0.5]}
                for name, value in (("revenue_sort", 0.44), ("expected_value", 0.47), ("model", 0.468))
            ],
            "scores": [
                {"name": name, "is_model": is_model, "dates": 2, "average_precision": 0.6, "precision": 0.5,
                 "share": 0.4}
                for name, is_model in (("random_forest", True), ("expected_value", False), ("revenue_sort", False))
            ],
            "model": "random_forest",
            "size_share": 0.1,
            "training_dates": ["2011-06-13", "2011-05-14"],
        },
        "actions": [
            {"name": name, "customers": 12, "value": value, "gain": value / 10, "needs": 42.0, "later": 77.0,
             "success": assumed_rate(0.1)}
            for name, value in (("one_order", 12_345.0), ("spend_short", 900.0), ("at_risk", 700.0), ("lapsed", 500.0))
        ],
        "assumptions": {
            "success": 0.1, "uplift": 0.1, "control": 0.2, "power": 0.8, "significance": 0.1, "interval": 0.9,
            "draws": 999, "tie": 0.005, "horizon_days": 90,
        },
        "model": "insiders",
    }  # fmt: skip


def visible(html):
    body = re.sub(r"<style>.*?</style>|<title>.*?</title>|<desc.*?</desc>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", body).replace(NO_BREAK, " "))


def part(html, section):
    return visible(html[html.index(f'<section id="{section}"') :].split("</section>")[0])


PAGES = {}  # of the report as the fixture gives it


@pytest.fixture
def english(report):
    if "en" not in PAGES:
        PAGES["en"] = render_report(report, language="en")
    return PAGES["en"]


@pytest.mark.parametrize(
    ("section", "figures"),
    [
        ("summary", ["72 members, 10% of 720 customers", "55% of all revenue", "10 times as much",
                     "spent at least £500 in the last 180 days, placed at least 3 orders in the last 180 days and last",
                     "no clear difference", "£30,000", "remind the 12 customers", "£1,230"]),
        ("who", ["72 members as of 10 Dec 2011: 60 meet", "12 were members before", "C&lt;1&gt;", "£321", "stays",
                 "10 Oct 2011 or earlier", "pseudonyms"]),
        ("how_many", ["The curve bends at 70", "between 20 and 140", "10% → 50%"]),
        ("traits", ["£600", "£200", "large"]),
        ("revenue", ["55% of all revenue so far (50% to 60%)", "46% of the 90 days after 11 Sept 2011",
                     "The 10 best of the 72 members hold 37% of"]),
        ("expected", ["£10,000", "£60,000", "£54,000 to £66,000", "£120,000", "chance alone makes these members",
                      "the season comes from", "At 14 past dates (about 5 independent periods of 90 days)",
                      "spent 12 times", "127 of 140 times", "90% of them", "off by 8%",
                      "MBG/NBD finds no customer who stopped", "rank correlation 0.42"]),
        ("entry", ["at least 3 orders in the last 180 days", "last bought at most 60 days ago", "0.87", "60 of 720"]),
        ("removal", ["spent less than £300", "fewer than 2 orders", "last bought more than 90 days ago", "60% of the",
                     "8% of those who left", "a typical month 9 join and 2 leave"]),
        ("guarantee", ["Better than other customers? Yes. In",
                       "difference between members and other customers is large",
                       "in 88% of all pairs", "Ranking by past revenue", "Highest RFM scores",
                       "spent at least £500 in the last 180 days", "16.0 points (10.0 to 20.0)", "clearly better",
                       "clearly worse"]),
        ("actions", ["£1,230 from that order", "£42.00 on average", "would keep them in", "42 days ago", "4,000",
                     "enough", "would exceed 100%", "too few members"]),
        ("method", ["the ranking by expected value, which captures 47.0%",
                    "MBG/NBD, chosen by",
                    "MBG/NBD 21%; the plain rule that everybody goes on spending at the same rate 34%"]),
        ("business", ["12 Aug 2011", "£76,000", "£40,000", "£30,000 to £70,000within", "£30,000 to £70,000outside"]),
        ("performance", ["Random forest", "46.8%", "is not used", "13 Jun 2011 and 14 May 2011"]),
        ("limits", ["10 Dec 2011", "overlap", "374 days", "72 members", "hold-out group"]),
        ("next", ["models:/insiders@champion", "20% of the members"]),
    ],
)  # fmt: skip
def test_the_figures_of_a_section(english, section, figures):
    text = part(english, section)
    assert [figure for figure in figures if figure not in text] == []


def test_sections_and_questions_are_in_order(english):
    assert re.findall(r'<section id="(\w+)"', english) == list(SECTIONS)
    assert len(QUESTIONS) == 9
    assert re.findall(r'<dt><a href="#(\w+)">', english) == list(QUESTIONS)


def test_portuguese_numbers_and_texts(report):
    text = visible(render_report(report, language="pt-BR"))
    for expected in ("72 membros, 10% de 720 clientes", "gastou pelo menos £ 500 nos últimos 180 dias",
                     "£ 30.000 a £ 70.000dentro",
                 "fez a última compra há mais de 90 dias", "claramente melhor"):  # fmt: skip
        assert expected in text


def less(report, **changes):
    return {**deepcopy(report), **changes}


@pytest.mark.parametrize("language", LANGUAGES)
def test_missing_data_is_stated_or_left_out(report, language):
    texts = messages(language, "insiders")
    without = less(
        report,
        backtest=None,
        actions=[],
        listed_members=[],
        expected={"totals": [], "months": 3, "record": None, "model": "", "models": [], "findings": []},
        comparison={**report["comparison"], "shares": [], "scores": [], "model": None, "chosen_share": None},
    )
    html = render_report(without, language=language)
    for key in ("guarantee.none", "business.none", "performance.none", "expected.none", "actions.none"):
        assert texts[f"insiders.{key}"] in html
    assert "insiders." not in visible(html).replace("insiders.csv", "").replace("insiders.xlsx", "").replace(
        "insiders.yaml", ""
    )


def test_every_message_is_used(report, monkeypatch, undrawn):
    used = set()
    for name in ("text", "html"):
        method = getattr(Words, name)
        monkeypatch.setattr(
            Words, name, lambda self, key, method=method, **values: used.add(key) or method(self, key, **values)
        )
    render_report(report, language="en")
    backtest, programme, size = report["backtest"], report["programme"], report["size"]
    unsure = {**backtest, "dates": [{**backtest["dates"][0], "ratio": [0.8, 1.3, 2.0]}]}
    expected, record = report["expected"], report["expected"]["record"]
    open_rules = {"window_days": 180, "entry": {"spend": 0.0, "orders": 1, "days": 180},
                  "removal": {"spend": 0.0, "orders": 1, "days": 180}}  # fmt: skip
    one = {"spend": 500.0, "orders": 1, "days": 180}
    findings = [
        {"code": code, "figures": dict.fromkeys(
            ("repeating", "customers", "correlation", "model", "parameter", "q", "alive", "error"), 1.0)}
        for code in (key.split(".")[-1] for key in ENGLISH if key.startswith("insiders.findings."))
    ]  # fmt: skip
    others = {"orders": ("best_segment", "rfm_score", "revenue_sort", "model"), "scores": [
        name for name in (key.split(".")[-1] for key in ENGLISH if key.startswith("insiders.groups."))
        if name not in ("programme", "random", "model_short", "model")
    ]}  # fmt: skip
    variants = [
        less(report, backtest=unsure, replay={**report["replay"], "flapped": None}),
        less(report, programme={**programme, "given": True, "rules": open_rules}),
        less(report, programme={**programme, "members": 1, "rules": {**open_rules, "entry": one, "removal": one}}),
        less(report, size={**size, "criterion": "number", "bounds": None}),
        less(report, size={**size, "criterion": "share", "curve": {**size["curve"], "of": "revenue"}}),
        less(report, backtest=None, actions=[], comparison={
            **report["comparison"], "shares": [], "scores": [], "model": None,
        }),
        less(report, expected={**expected, "totals": [], "findings": findings}),
        less(report, expected={**expected, "record": {**record, "seasonal": False}}),
        less(report, expected={**expected, "record": {**record, "dates": 0}}),
        less(report, expected={**report["expected"], "totals": report["expected"]["totals"][:1], "months": 1}),
        less(report, comparison={**report["comparison"], "scores": [
            {**report["comparison"]["scores"][0], "name": name} for name in others["scores"]
        ]}),
        *(less(report, comparison={**report["comparison"], "choice": name, "shares": [
            {"name": other, "share": [0.4, 0.45, 0.5]} for other in (*others["orders"], "expected_value")
        ]}) for name in others["orders"]),
        *(less(report, actions=[row]) for row in report["actions"]),
        less(report, actions=[{**row, "success": MEASURED} for row in report["actions"]]),
        less(report, backtest={**backtest, "groups": [row if row["name"] in ("programme", "revenue_sort", "random")
                                                 else group(row["name"], 0.1, row["difference"])
                                                 for row in backtest["groups"]]}),
    ]  # fmt: skip
    for variant in variants:
        render_report(variant, language="en")
    assert set(ENGLISH) - used == {"insiders.traits.sizes.trace", "insiders.traits.sizes.medium"} - used


def places(text):
    return sorted({name for _, name, *_ in Formatter().parse(text) if name is not None})


@pytest.mark.parametrize("key", ENGLISH)
def test_both_languages_have_the_same_keys_places_and_tags(key):
    assert list(ENGLISH) == list(PORTUGUESE)
    assert places(ENGLISH[key]) == places(PORTUGUESE[key])
    assert sorted(re.findall(r"<[^>]+>", ENGLISH[key])) == sorted(re.findall(r"<[^>]+>", PORTUGUESE[key]))
    assert len(ENGLISH[key].split()) < 4 or ENGLISH[key] != PORTUGUESE[key]


def test_texts_are_escaped_and_pictures_have_descriptions(report, english):
    assert "<b>" not in english[: english.index("<main")].replace("A Shop &amp; &lt;b&gt;", "")
    assert "C<1>" not in english
    pictures = re.findall(r"<svg[^>]*>", english)
    assert len(pictures) == 7
    assert all('aria-labelledby="' in picture for picture in pictures)
    assert render_report(json.loads(json.dumps(report)), language="en") == english


def test_conditions_that_all_customers_meet_are_left_out():
    words = Words("en", currency="GBP", book="insiders")
    idle = {"spend": 0.0, "orders": 1, "days": 180}
    assert entry_phrases(idle, 180, words) == ["placed at least 1 order in the last 180 days"]
    assert removal_phrases(idle, 180, words) == ["placed no order in the last 180 days"]
    assert either(["a", "b", "c"], words) == "a, b or c"
    assert rule_texts(RULES, "pt-BR", currency="")["removal"].startswith("gastou pelo menos 300 nos últimos 180 dias")


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_do_not_overflow_or_log_errors(browser, report, tmp_path, language):
    path = tmp_path / "insiders.html"
    path.write_text(render_report(report, language=language), encoding="utf-8")
    for width in (360, 1280):
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
            said = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.on("request", lambda request, said=said: said.append(request.url))
            page.goto(path.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert [one for one in said if not one.startswith(("file:", "data:"))] == []
            page.close()


def test_without_a_season_the_longest_period_with_a_useful_range_is_quoted(report):
    known = report["expected"]

    def quoted(*lows, seasonal=False):
        totals = [{**row, "members": [low, 1e4, 2e4]} for row, low in zip(known["totals"], lows, strict=True)]
        expected = {**known, "totals": totals, "record": {**known["record"], "seasonal": seasonal}}
        words = Words("en", currency="GBP", book="insiders")
        return ReportContext({**report, "expected": expected}, words).headline_total["months"]

    assert quoted(5e3, 2e3, 1e3) == 3
    assert quoted(5e3, 1e3, 1e3) == 1
    assert quoted(5e3, 1e3, 1e3, seasonal=True) == 3
    assert quoted(1.0, 1.0, 1.0) == 3


def test_measured_success_has_its_interval_and_number_of_campaigns(report, undrawn):
    assumed = render_report(report, language="en")
    assert "The gains assume that 10% of the customers contacted respond" in assumed
    assert "<dd>10% (assumed)</dd>" in assumed
    measured = {**report, "actions": [{**row, "success": MEASURED} for row in report["actions"]]}
    page = render_report(measured, language="en")
    assert "<dd>8.4% (measured in 2 campaigns, 90% interval: 3.0% to 14%)</dd>" in page
    assert "if 8.4% (measured in 2 campaigns, 90% interval: 3.0% to 14%) place that order" in page
    assert "assume" not in page[page.index('id="actions"') : page.index('id="method"')]
    other = {**report, "actions": [{**row, "success": {**MEASURED, "is_own": False}} for row in report["actions"]]}
    assert "8,4% (medido em 2 campanhas com outras ações, intervalo de 90%: 3,0% a 14%)" in (
        render_report(other, language="pt-BR")
    )
