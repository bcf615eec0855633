"""The campaign reports from plain data: messages in both languages, what changes with the figures, accessibility."""

import copy
import re
from datetime import date
from pathlib import Path
from string import Formatter
from types import SimpleNamespace

import pytest

from clientela.campaigns.report.data import build_report, choose_advice
from clientela.campaigns.report.figures import Effect, forest_plot
from clientela.campaigns.report.html import render_report
from clientela.campaigns.report.plan_html import render_plan
from clientela.contracts import LANGUAGES
from clientela.reporting.words import NO_BREAK, Words, messages

ENGLISH, PORTUGUESE = (messages(language, "campaigns") for language in LANGUAGES)
DATASET = SimpleNamespace(title="A <Shop>", name="shop", currency="GBP")
DATA = SimpleNamespace(as_of=date(2024, 6, 1), source=SimpleNamespace(location="x.csv", digest="abc"))
FINE = {"planned": 0.2, "observed": 0.2, "p_value": 0.9, "is_off": False}


def row(group="all", outcome="spend", lift=0.2, verdict="more", **other):
    mean = {"spend": 50.0, "orders": 1.5, "buyers": 0.4}[outcome]
    difference, width = lift * mean, 0.1 * mean
    return {
        "group": group, "outcome": outcome, "treated": 800, "control": 200, "treated_mean": mean + difference,
        "control_mean": mean, "difference": difference, "low": difference - width, "high": difference + width,
        "relative": lift, "relative_low": lift - 0.1, "relative_high": lift + 0.1, "detectable": 0.12,
        "p_value": 0.0004 if verdict != "unclear" else 0.4, "verdict": verdict, "extra": 800 * difference,
        "net": 800 * (difference - 1.0), **other,
    }  # fmt: skip


def make_result(*, lift=0.2, verdict="more", cost=1.0, **other):
    rows = [
        row(group, outcome, lift, verdict)
        for outcome in ("spend", "orders", "buyers")
        for group in ("all", "<b>Champions", "Hibernating")
    ]
    return {
        "dataset": "shop", "title": "A <Shop>", "currency": "GBP", "campaign": None, "action": None,
        "start": "2024-01-01", "end": "2024-03-30",
        "days": 90, "treated": 1600, "control": 400, "cost": cost, "level": 0.9, "ratio": FINE, "rows": rows,
        "unmeasured": ["Tiny"], "warnings": [], **other,
    }  # fmt: skip


def report_of(result, ledger=()):
    return build_report(result, DATA, DATASET, ledger=dict(ledger))


def page_of(result, language="en", **options):
    return render_report(report_of(result, **options), language=language).replace(NO_BREAK, " ")


def make_plan(**other):
    rows = [
        {"group": group, "customers": 2000, "days": days, "outcome": outcome, "mean": 0.5, "detectable": lift,
         "control": None if group == "Small" or outcome == "spend" else 0.3}
        for group in ("all", "<b>Champions", "Small")
        for days, lift in ((30, None), (90, 0.2))
        for outcome in ("spend", "orders", "buyers")
    ]  # fmt: skip
    return {
        "dataset": "shop", "title": "A <Shop>", "currency": "GBP", "as_of": "2024-06-01", "control": 0.1,
        "uplift": 0.1, "power": 0.8, "significance": 0.1, "days": 90, "rows": rows, **other,
    }  # fmt: skip


def absolute(result):
    for one in result["rows"]:
        one.update(relative=None, relative_low=None, relative_high=None, detectable=None)
    return result


def variants():
    off = {"planned": 0.5, "observed": 0.2, "p_value": 1e-9, "is_off": True}
    unknown = {"planned": None, "observed": 0.2, "p_value": None, "is_off": False}
    one = make_result(cost=0.0)
    one["rows"] = [one for one in one["rows"] if one["group"] == "all"]
    reasons = [key.split(".")[-1] for key in ENGLISH if key.startswith("campaigns.reason.")]
    ledger = {"treatment": 1600, "control": 400, **dict.fromkeys(reasons, 5)}
    return [
        report_of(make_result(campaign="Spring", action="coupon"), ledger),
        report_of(make_result(lift=-0.3, verdict="less", ratio=off)),
        report_of(make_result(lift=-0.3, verdict="less")),
        report_of(make_result(lift=0.0, verdict="unclear", ratio=unknown)),
        report_of(make_result(cost=8.0)),
        report_of(make_result(cost=30.0)),
        report_of(one),
        report_of(make_result(rows=[], unmeasured=[])),
        *(report_of(absolute(make_result(lift=lift, verdict=verdict)))
          for lift, verdict in ((0.2, "more"), (-0.2, "less"), (0.0, "unclear"))),
        report_of(make_result(treated=1, control=1)),
    ]  # fmt: skip


def plans():
    impossible = make_plan()
    for one in impossible["rows"]:
        one["detectable"] = None
    return [make_plan(), make_plan(uplift=0.3), impossible]


def test_both_languages_have_the_same_keys_places_and_tags():
    assert list(ENGLISH) == list(PORTUGUESE)
    for key, text in ENGLISH.items():
        for found in (_places, _tags):
            assert found(text) == found(PORTUGUESE[key]), key
        if len(text.split()) > 3:
            assert text != PORTUGUESE[key], key


def test_every_message_is_used(monkeypatch, undrawn):
    used = set()
    for name in ("text", "html"):
        method = getattr(Words, name)
        monkeypatch.setattr(
            Words, name, lambda self, key, method=method, **values: used.add(key) or method(self, key, **values)
        )
    for variant in variants():
        render_report(variant, language="en")
    for plan in plans():
        render_plan(plan, language="en")
    assert set(ENGLISH) - used == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_report_renders_and_shows_no_place_or_none(undrawn, language):
    pages = [render_report(variant, language=language) for variant in variants()]
    for page in [*pages, *(render_plan(plan, language=language) for plan in plans())]:
        body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
        assert "None" not in body
        assert "nan" not in re.findall(r"\w+", body)
        assert not re.search(r"\{[a-z_]+\}", body)
        assert f'lang="{language}"' in page


def test_the_page_stands_alone_and_its_texts_are_escaped():
    for page in (page_of(make_result(action="<i>coupon")), render_plan(make_plan(), language="pt-BR")):
        assert "<script" not in page
        assert not re.search(r'(?:src|href)="(?!#|data:)', page)
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        assert "&lt;b&gt;Champions" in page
        assert "<b>Champions" not in page
        assert "<i>" not in page
        assert "Content-Security-Policy" in page
    report = report_of(make_result())
    assert render_report(report, language="en") == render_report(copy.deepcopy(report), language="en")


def test_a_gain_is_told_with_its_interval_money_and_cost(undrawn):
    page = page_of(make_result())
    assert "spent <strong>20% more</strong> than they would have without it (90% interval: +10% to +30%)" in page
    # Ten pounds for each of the 800 treated customers of the total's row, which cost one pound each.
    assert "<strong>£8,000</strong> of extra spend (£4,000 to £12,000). The contacts cost £800" in page
    assert "<strong>£7,200</strong> is left (£3,200 to £11,200)" in page
    assert "Other outcomes show a clear difference: orders +20% and buyers +20%." in page
    assert "A contact may cost up to <strong>£10.00</strong>" in page
    assert "Start with the groups that clearly spent more: &lt;b&gt;Champions and Hibernating." in page


def test_too_small_to_tell_names_the_smallest_lift_that_would_have_been_found(undrawn):
    page = page_of(make_result(lift=0.02, verdict="unclear"))
    assert "<strong>Too small to tell</strong> whether the campaign changed what customers spent" in page
    assert "the test detects a lift of 12% or more" in page
    assert "In total that is" not in page
    assert "clearly spent" not in page


def test_a_control_group_of_the_wrong_size_comes_before_the_result(undrawn):
    off = {"planned": 0.5, "observed": 0.2, "p_value": 1e-9, "is_off": True}
    page = page_of(make_result(ratio=off))
    assert page.index("Do not use this result yet") < page.index("20% more")
    assert "400 of 2,000 customers were held out, which is 20.0%; 50.0% were planned" in page
    assert "<strong>Do first</strong>: find out which customers are missing" in page
    assert "Do not use this result yet" not in page_of(make_result())


@pytest.mark.parametrize(
    ("lift", "verdict", "cost", "advice"),
    [
        (0.2, "more", 1.0, "repeat"),
        (0.2, "more", 8.0, "unsure_money"),
        (0.2, "more", 30.0, "cheaper"),
        (0.1, "unclear", 1.0, "larger"),
        (-0.2, "less", 0.0, "stop"),
    ],
)
def test_the_advice_follows_from_the_verdict_and_the_money(lift, verdict, cost, advice):
    assert report_of(make_result(lift=lift, verdict=verdict, cost=cost))["advice"] == advice
    assert choose_advice([], [], FINE) == "none"


def test_customers_who_were_left_out_are_listed_by_reason(undrawn):
    page = page_of(
        make_result(), ledger={"treatment": 9, "no_consent": 31, "not in Berlin": 7, "in_another_campaign": 0}
    )
    assert re.search(r"have not agreed to be contacted</th><td class=\"r\">31<", page)
    assert re.search(r"not in Berlin</th><td class=\"r\">7<", page)
    assert "in another campaign" not in page
    assert "does not say whether customers were left out" in page_of(make_result())


def test_an_interval_that_is_much_wider_than_the_others_is_cut_with_an_arrow():
    usual = [Effect(name, (-0.1, 0.0, 0.1), "unclear", False, name) for name in "abcd"]
    wide = Effect("wide", (0.5, 3.0, 8.0), "more", False, "wide")
    axes = forest_plot([*usual, wide], Words("en"), label="").axes[0]
    assert axes.get_xlim()[1] == pytest.approx(0.25)
    arrows = [line for line in axes.lines if line.get_marker() == ">"]
    assert [line.get_ydata().tolist() for line in arrows] == [[4]]
    assert not [line for line in forest_plot(usual, Words("en"), label="").axes[0].lines if line.get_marker() == ">"]


def test_a_plan_says_what_is_shown_what_to_hold_out_and_what_is_too_small(undrawn):
    page = render_plan(make_plan(), language="en").replace(NO_BREAK, " ")
    assert "With <strong>10%</strong> of 2,000 customers held out for 90 days" in page
    assert "A lift of 10% in spend cannot be shown with these customers in 90 days" in page
    assert "To show a lift of 10% in orders, hold out 30%." in page
    assert "whatever is held out: Small." in page
    assert "That is enough to show the wanted lift of 30% in spend, orders and buyers." in (
        render_plan(make_plan(uplift=0.3), language="en")
    )


@pytest.mark.browser
@pytest.mark.slow
def test_the_pages_fit_load_nothing_and_are_accessible(check_page, tmp_path: Path):
    for language in LANGUAGES:
        result = render_report(variants()[0], language=language)
        for name, text in (("result", result), ("plan", render_plan(make_plan(), language=language))):
            path = tmp_path / f"{name}-{language}.html"
            path.write_text(text, encoding="utf-8")
            check_page(path)


def _places(text: str) -> list[str]:
    return sorted({name for _, name, *_ in Formatter().parse(text) if name is not None})


def _tags(text: str) -> list[str]:
    return sorted(re.findall(r"<[^>]+>", text))
