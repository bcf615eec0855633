"""The churn report from plain data: every message in both languages, the same bytes, what changes with the figures."""

import copy
import re
from string import Formatter
from typing import Any

import pytest

from clientela.churn.features import FAMILIES
from clientela.churn.models import SIMPLICITY
from clientela.churn.report.html import render_report, why
from clientela.contracts import LANGUAGES
from clientela.data.customers import CUSTOMER_RULES
from clientela.holdout.rates import assumed_rate
from clientela.reporting.words import Words, messages

ENGLISH, PORTUGUESE = (messages(language, "churn") for language in LANGUAGES)
# Which of these is needed depends on the figures or the features of a run.
BY_VALUE = (
    "churn.features.",
    "churn.services.",
    "churn.values.",
    "churn.family.",
    "churn.customer_ledger.",
    "churn.reason.",
    "churn.count.",
    "churn.verdict.",
    "churn.why.",
)
MEASURED = {"value": 0.084, "low": 0.03, "high": 0.14, "level": 0.9, "campaigns": 2, "is_own": True}


def both(text: str) -> dict[str, str]:
    return dict.fromkeys(LANGUAGES, text)


FIGURES = {
    "average_precision": 0.5, "roc_auc": 0.8, "accuracy": 0.75, "precision": 0.4, "recall": 0.7, "f1": 0.5,
    "brier_score": 0.12, "calibration_error": 0.02, "lift_top_decile": 3.04, "profit": 3575.0, "churn_rate": 0.2,
    "predicted_rate": 0.28, "predicted_rate_without_season": 0.37, "predicted_profit": 4100.0,
}  # fmt: skip
REASON = {"family": "recency", "effect": 0.4, "text": {"en": "silent <b>for long</b>", "pt-BR": "quieto há muito"}}


def make_report() -> dict[str, Any]:
    names = list(SIMPLICITY)[::-1]
    board = [
        {
            "name": name, "verdict": "winner" if name == "logistic_regression" else "worse",
            "behind": [-0.05 * place - 0.02, 0.01 - 0.05 * place], "chosen_by": 0.5 - place / 20,
            "interval": [0.45 - place / 20, 0.55 - place / 20], **FIGURES,
            "params": {"C": 0.1} if name != "dummy" else {},
            "tried": [{"C": 0.1, "average_precision": 0.5}] if name != "dummy" else [],
        }
        for place, name in enumerate(names)
    ]  # fmt: skip
    curve = {"roc": [[0.0, 0.0], [0.2, 0.7], [1.0, 1.0]], "precision_recall": [[0.0, 1.0], [0.6, 0.5], [1.0, 0.2]]}
    steps = [0.0, 0.3, 1.0]
    ledger = [{"rule": rule, "rows_out": 1, "rows_changed": 2, "rows_left": 9} for rule in ("source", *CUSTOMER_RULES)]
    return {
        "shop": {
            "title": "A telecom", "dataset": "telecom", "currency": "BRL", "as_of": "2025-01-01", "location": "x.csv",
            "digest": "abc", "homepage": "", "licence": "CC0",
        },
        "label": {
            "labelled": True, "days": 90, "auto": False, "gap_quantile": 0.9, "active_days": 365,
            "cutoff": "2024-10-03", "by_time": False,
        },
        "data": {
            "rows_in": 100, "rows_kept": 95, "customer_ledger": ledger, "first_order": "2023-01-01",
            "last_order": "2024-12-31", "trained": 3000, "tested": 1000, "known": 4000, "churn_rate": 0.2,
            "scored": 3200, "not_scored": 800, "features": 2, "separation": {"feature": "age", "auc": 0.6},
            "age_missing": 0.02,
            "ledger": [
                {"rule": "bad_amount", "definition": "", "rows_out": 5, "rows_changed": 0, "money_out": 3.0,
                 "rows_left": 95},
            ],
        },
        "columns": [{"name": name, "label": both(name.replace("_", " "))} for name in ("age", "recent_orders_tv")],
        "services": {"tv": "TV & filmes"},
        "winner": next(row for row in board if row["verdict"] == "winner"),
        "board": board,
        "choice": {"interval": 0.95, "draws": 500, "folds": 5},
        "cutoffs": [
            {"date": day, "trained": 10, "customers": 20, "churn_rate": 0.4, "season_shift": -0.4,
             "models": dict.fromkeys(names, FIGURES)}
            for day in ("2024-10-03", "2024-09-03")
        ],
        "curves": dict.fromkeys(names, curve),
        "outcome": {
            "lift": [{"decile": n, "rate": 0.2, "lift": 3 - n / 4, "caught": n / 10} for n in range(1, 11)],
            "calibration": [{"expected": n / 10, "observed": n / 11, "customers": 100} for n in range(10)],
            "profit": {"share": steps, "expected": [0, 9, -3], "realised": [0, 8, -4], "at_random": [0, -1, -4]},
            "called": 376, "customers": 1183, "churners": 237, "realised_profit": 3575.0,
            "realised_profit_of_all": -1165.0, "best": {"profit": 8.0, "share": 0.3},
        },
        "profit_ratios": [0.6, 1.8],
        "season_shift": -0.4,
        "importances": [
            {"feature": "age", "loss": 0.04, "standard_deviation": 0.01},
            {"feature": "recent_orders_tv", "loss": -0.01, "standard_deviation": 0.01},
        ],
        "families": [{"family": family, "effect": 0.5} for family in (*FAMILIES, "age", "service:tv")],
        "costs": {
            "contact_cost": 10.0, "success_rate": 0.3, "value_saved": 150.0, "share_of_yearly_spend": None,
            "break_even": 0.2222,
        },
        "success": assumed_rate(0.3),
        "risk": {
            "mean": 0.13, "histogram": {"counts": [5, 3, 1], "edges": [0.0, 0.3, 0.6, 0.9]},
            "edges": {"high": 0.5, "medium": 0.3},
            "bands": [
                {"band": band, "from": 0.1, "customers": 3, "mean": 0.4, "customers_to_call": 2}
                for band in ("high", "medium", "low")
            ],
            "customers_to_call": 724, "profit": 4963.0,
            "call_list": [
                {"customer_id": "<7>", "probability": 0.96, "band": "high", "reasons": [REASON],
                 "expected_profit": 33.4}
            ],
        },
        "segments": {
            "model": "customer-segments", "version": "3", "unjoined": 12,
            "rows": [
                {"id": 1, "rank": 1, "name": {"en": "Loyal", "pt-BR": "Fiéis"}, "customers": 5, "mean": 0.2,
                 "high": 0.1, "customers_to_call": 1},
            ],
        },
    }  # fmt: skip


@pytest.fixture
def report() -> dict[str, Any]:
    return copy.deepcopy(make_report())


def variants(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Reports of other kinds: by a window, by spend, without calls, segments and table."""
    window = {**report["label"], "labelled": False, "by_time": True}
    spend = {**report["costs"], "value_saved": None, "share_of_yearly_spend": 0.2}
    no_calls = {**report["risk"], "customers_to_call": 0, "profit": 0.0, "call_list": []}
    return [
        report,
        {**report, "label": window, "costs": spend, "segments": None},
        {**report, "label": {**window, "auto": True}, "risk": no_calls, "costs": {**spend, "break_even": 1.2}},
        {
            **report,
            "label": {**report["label"], "active_days": None},
            "cutoffs": report["cutoffs"][:1],
            "profit_ratios": [0.9],
        },
        {**report, "label": window, "season_shift": 0.0},
        {**report, "success": MEASURED},
    ]


def test_both_languages_have_the_same_keys_places_and_tags():
    assert list(ENGLISH) == list(PORTUGUESE)
    for key, text in ENGLISH.items():
        for found in (_places, _tags):
            assert found(text) == found(PORTUGUESE[key]), key
        if len(text.split()) > 3:
            assert text != PORTUGUESE[key], key


def test_every_message_is_used(report, monkeypatch, undrawn):
    used = set()
    for name in ("text", "html"):
        method = getattr(Words, name)
        monkeypatch.setattr(
            Words, name, lambda self, key, method=method, **values: used.add(key) or method(self, key, **values)
        )
    for variant in variants(report):
        render_report(variant, language="en")
    assert {key for key in ENGLISH if not key.startswith(BY_VALUE)} - used == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_report_renders_and_shows_no_place_or_none(report, language):
    for variant in variants(report):
        page = render_report(variant, language=language)
        body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
        assert "None" not in body
        assert not re.search(r"\{[a-z_]+\}", body)
        assert f'lang="{language}"' in page


@pytest.mark.parametrize("verdict", ["winner", "best", "tied", "worse"])
def test_why_a_model_is_chosen_is_told_in_the_reports_language(report, verdict):
    best, row = report["board"][0], {**report["board"][2], "verdict": verdict}
    sentence = why(row, report, Words("pt-BR", book="churn"))
    assert "0,400" in sentence or "−0,120 a −0,090 com 95%" in sentence
    assert ("Regressão logística" if verdict in ("best", "tied") else "") in sentence
    assert sentence == PORTUGUESE[f"churn.why.{verdict}"].format(
        own="0,400", best="Gradient boosting", of_best="0,500", chosen="Regressão logística", low="−0,120",
        high="−0,090", level="95%",
    )  # fmt: skip
    highest = why({**best, "verdict": "winner"}, report, Words("en", book="churn"))
    assert highest == "It has the highest average precision, 0.500, and no simpler model is as good."


def test_the_same_report_gives_the_same_bytes(report):
    assert render_report(report, language="en") == render_report(make_report(), language="en")


def test_what_customers_and_reasons_say_is_escaped(report):
    page = render_report(report, language="en")
    assert "&lt;7&gt;" in page
    assert "silent &lt;b&gt;for long&lt;/b&gt;" in page
    assert "<b>for long" not in page


def test_the_first_thing_to_do_is_to_call_or_nothing(report):
    page = render_report(report, language="en")
    assert "call the <strong>724 customers</strong>" in page
    # The expected profit, 4,963, times 0.6 and 1.8.
    assert "expected profit is R$2,978 to R$8,933 (as far off as at 2 past dates)" in page.replace("\xa0", " ")
    assert "It assumes that a call keeps 30% of those who would leave" in page
    assert "R$4,963" in render_report(variants(report)[3], language="en")
    assert "at these costs, no call is worth making" in render_report(variants(report)[2], language="en").lower()


def test_a_measured_success_rate_has_its_interval_and_is_no_assumption(report, undrawn):
    page = render_report({**report, "success": MEASURED}, language="en")
    rate = "8.4% (measured in 2 campaigns, 90% interval: 3.0% to 14%)"
    assert f"A call keeps {rate} of those who would leave." in page
    assert f"It keeps {rate} of the customers who would have left." in page
    assert "assume" not in page[page.index('id="profit"') : page.index('id="models"')]
    assert "<strong>assumed</strong> to keep 30%" in render_report(report, language="en")


def test_the_expected_share_has_its_largest_error_at_past_dates_beside_it(report):
    far, near = (dict(row) for row in report["cutoffs"])
    far["churn_rate"] = 0.69
    page = render_report({**report, "cutoffs": [near, far]}, language="en").replace("\xa0", " ")
    assert "At the worst of 2 past dates (3 Oct 2024), 28% were expected to leave and 69% left." in page
    assert "At the worst of" not in render_report({**report, "cutoffs": [near]}, language="en")


def test_predicted_and_actual_shares_stand_side_by_side_for_each_test_date(report):
    by_window = {**report, "label": {**report["label"], "by_time": True}}
    page = render_report(by_window, language="en")
    table = page[page.index("Predicted and actual, by test date") :].split("</table>")[0]
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", table)
    assert len(rows) == 2
    assert [re.sub(r"<[^>]+>", " ", row).split()[-5:] for row in rows] == [
        ["28%", "37%", "40%", "R$4,100", "R$3,575"]
    ] * 2
    without = {**by_window, "cutoffs": [{**row, "season_shift": 0.0} for row in report["cutoffs"]], "season_shift": 0.0}
    page = render_report(without, language="en")
    assert "Without the season" not in page
    assert "too short to move the intercept with the season" in page


def test_the_page_stands_alone(report):
    page = render_report(report, language="pt-BR")
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(report, browser, tmp_path, width):
    path = tmp_path / "report.html"
    path.write_text(render_report(report, language="pt-BR"), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # On a desk every table is there in full; on a phone wide ones are scrolled,
    if width > 1000:
        clipped = "[...document.querySelectorAll('.scroll')].filter(s => s.scrollWidth > s.clientWidth + 1)"
        assert page.evaluate(f"{clipped}.map(s => s.getAttribute('aria-label'))") == []
    # but whom to call must be readable without that.
    assert page.evaluate("(s => s.scrollWidth <= s.clientWidth + 1)(document.querySelector('#calls .scroll'))")
    page.close()


def _places(text: str) -> list[str]:
    return sorted({name for _, name, *_ in Formatter().parse(text) if name is not None})


def _tags(text: str) -> list[str]:
    return sorted(re.findall(r"<[^>]+>", text))
