"""What the report, the terminal and the alerts say about a result."""

import re
from datetime import date

import pytest

from clientela.contracts import LANGUAGES
from clientela.monitoring.alerts import alerts_of
from clientela.monitoring.report.html import render_report
from clientela.monitoring.report.sentences import BOOK, change_sentence, expected_text, signed
from clientela.monitoring.texts import result_text
from clientela.reporting.words import Words
from clientela.settings.alerts import AlertRules

RULES = AlertRules(change=True, old_version=True, unknown_share=0.25)


def change(family="activity", name="orders", segment=1, deviation=-0.2, **other):
    given = {
        "value": deviation,
        "normal": 0.0,
        "margin": 0.1,
        "p_value": 0.004,
        "periods": 1,
        "past": 12,
        "alarm": True,
    }
    return {"family": family, "name": name, "segment": segment, "deviation": deviation, **given, **other}


def result(*changes, **other):
    history = [
        {
            "end": f"2024-0{month}-01",
            "family": one["family"],
            "name": one["name"],
            "segment": one["segment"],
            "value": 0.0,
        }
        for one in changes
        for month in range(1, 7)
    ]
    return {
        "dataset": "shop", "title": "A <shop>", "currency": "BRL", "model": "customer-segments", "version": "3",
        "version_as_of": "2024-03-03", "segments": [{"id": 1, "name": {"en": "Loyal", "pt-BR": "Fiéis"}}],
        "start": "2024-05-02", "end": "2024-06-01", "customers": 400, "known_customers": 1000, "unknown": 50,
        "age_days": 90, "is_old": False, "alarm_share": 0.05, "untested": [], "changes": list(changes),
        "history": history, **other,
    }  # fmt: skip


def sentence(given, language="en"):
    return change_sentence(given, result(given), Words(language, currency="BRL", book=BOOK))


class TestSentences:
    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (change(), "The customers of Loyal ordered 18.1% less than normal, compared with the other segments."),
            (change(name="spend", deviation=0.1), "The customers of Loyal spent 10.5% more than normal, compared"),
            (change("level", "orders", 0, 0.05), "Orders of all customers are 5.1% above normal."),
            (change("prices", "prices", 0, 0.14), "Prices of the same products are 15.0% above normal."),
            (change("shares", "share", 1, -0.5), "Loyal shrank more than normal: the odds that a customer belongs"),
            (change("features", "order_count", 0, 0.2), "On average, “Orders” rose by 0.20 standard deviations more"),
            (change("unlike", "unlike", 0, 0.7), "More customers are unlike any that the version knows: the odds are"),
            (change("new", "new", 0, -0.7), "Fewer customers are new than normal: the odds are 50.3% lower."),
            (change("silhouette", "silhouette", 0, -0.05), "The segments separate less well than normal: the silh"),
        ],
    )
    def test_each_change_is_a_sentence(self, given, said):
        assert sentence(given).startswith(said)

    def test_the_sentence_quotes_what_was_expected_and_the_chance(self):
        assert sentence(change()).endswith(
            "Expected without a change: −9.5% to +10.5%. Probability of this by chance: 0.4%."
        )

    def test_a_change_of_two_periods_says_so(self):
        assert "The last two periods together show it." in sentence(change(periods=2))

    def test_tiny_probabilities_have_a_limit(self):
        assert sentence(change(p_value=1e-9)).endswith("by chance: below 0.1%.")

    def test_portuguese(self):
        assert sentence(change(), "pt-BR").startswith(
            "Os clientes de Fiéis compraram 18,1% menos vezes do que o normal"
        )

    def test_differences_are_no_percentages(self):
        words = Words("en", book=BOOK)
        given = change("features", "order_count", 0, 0.2)
        assert signed("features", -0.2, words) == "−0.20"
        assert expected_text(given, words) == "−0.10 to +0.10"


class TestPage:
    @pytest.mark.parametrize("language", ["en", "pt-BR"])
    def test_the_page_has_every_part(self, language):
        page = render_report(result(change(), change("new", "new", 0, 0.01, alarm=False)), language=language)
        assert re.findall(r'<section id="(\w+)"', page) == ["summary", "indicators", "history", "limits"]
        assert page.count('<svg role="img"') == 2
        assert page.count('class="tag winner"') == 1
        assert "A &lt;shop&gt;" in page

    def test_the_same_result_gives_the_same_page(self):
        assert render_report(result(change()), language="en") == render_report(result(change()), language="en")

    def test_without_a_past_the_page_says_what_is_missing(self):
        page = render_report(result(untested=["level", "new"]), language="en")
        assert "The history is too short to test anything yet." in page
        assert "All customers and New customers" in page
        assert re.findall(r'<section id="(\w+)"', page) == ["summary", "limits"]

    def test_without_an_alarm_nothing_is_to_be_done(self):
        page = render_report(result(change(alarm=False)), language="en")
        assert "Nothing changed more than in the periods before. Indicators tested: 1." in page
        assert "What to do" not in page

    def test_an_old_version_is_said(self):
        page = render_report(result(change(), is_old=True, age_days=200), language="en")
        assert "The version describes the customers as of 3\xa0Mar\xa02024, 200 days before." in page


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_fits_loads_nothing_and_is_accessible(check_page, tmp_path, language):
    changes = [change(), change("new", "new", 0, 0.01, alarm=False)]
    changes += [change("features", name, 0, 0.01, alarm=False) for name in ("order_count", "total_spend")] * 5
    path = tmp_path / f"monitoring-{language}.html"
    path.write_text(render_report(result(*changes), language=language), encoding="utf-8")
    check_page(path)


def test_the_terminal_has_the_alarms_and_the_table():
    text = result_text(result(change(), change("new", "new", 0, 0.01, alarm=False, p_value=1.0)))
    assert "One of 2 indicators changed more than chance explains" in text
    assert "- The customers of Loyal ordered 18.1% less" in text
    assert re.search(r"All customers +new customers +\+1\.0% +−9\.5% to \+10\.5% +100\.0%", text)


class TestAlerts:
    def alerts(self, given, **rules):
        return alerts_of(given, RULES.model_copy(update=rules), link="http://ui/#/1")

    def test_an_alarm_is_an_alert(self):
        (alert,) = self.alerts(result(change(), change(alarm=False)))
        assert alert.key == "shop: activity/orders/1/down"
        assert alert.text.startswith("The customers of Loyal ordered 18.1% less")
        assert (alert.as_of, alert.link) == (date(2024, 6, 1), "http://ui/#/1")

    def test_the_other_direction_is_another_alert(self):
        (alert,) = self.alerts(result(change(deviation=0.2)))
        assert alert.key == "shop: activity/orders/1/up"

    def test_an_old_version_is_an_alert_of_its_own(self):
        (alert,) = self.alerts(result(is_old=True))
        assert alert.text == "Version 3 of customer-segments is as of 2024-03-03, 90 days before."

    def test_many_unknown_customers_are_an_alert(self):
        (alert,) = self.alerts(result(unknown=251))
        assert alert.text == "Version 3 of customer-segments does not know 251 of 1,000 customers."
        assert self.alerts(result(unknown=250)) == []

    def test_rules_turn_alerts_off(self):
        assert self.alerts(result(change(), is_old=True), change=False, old_version=False) == []
