"""The sentences of the exploration say what was computed."""

import numpy as np
import pandas as pd
import pytest

from clientela.contracts import LANGUAGES
from clientela.exploration.explore import explore
from clientela.exploration.pictures import exploration_pictures
from clientela.exploration.texts import cohort_name, exploration_sentences
from clientela.reporting.words import Words


def customers_of(spend):
    orders = np.where(np.arange(len(spend)) % 2, 1.0, 3.0)
    return pd.DataFrame(
        {
            "customer_id": [str(i) for i in range(len(spend))],
            "days_since_last_purchase": np.arange(1.0, len(spend) + 1),
            "order_count": orders,
            "total_spend": spend,
            "mean_order_value": spend / orders,
        }
    )


@pytest.fixture
def data():
    features = customers_of(np.array([12.5] * 80 + [100.0] * 20))
    found = explore(None, features, fit=["total_spend"], as_of=None, smallest=5)
    shares = [0.25, 0.2, 0.3, 0.25, 0, 0, 0]
    return {
        **found,
        "seasons": {"months": [0.5] * 10 + [2.5, None], "years": 1, "complete_months": 14, "weekdays": shares},
        "cohorts": {"unit": "month", "rows": [], "overall": [1.0, 0.2, 0.3, 0.25, None, 0.1, 0.4]},
    }


def test_sentences_quote_the_figures(data):
    lines = exploration_sentences(data, Words("en", currency="GBP"))
    assert lines[:5] == [
        "20% of the customers bring 67% of the revenue. The half that spends least brings 21%.",
        "50% of the customers ordered once.",
        "Half of the customers spent less than £12.50; one in a hundred spent more than £100.",
        "Of the new customers, these bought again in the months after the first: 20% in period 1, 25% in period 3 and "
        "40% in period 6.",
        "The strongest month was November, with 2.5 times the revenue of an average month; the weakest was January "
        "(0.5 times). One year does not tell a season from a trend.",
    ]
    assert lines[5:7] == [
        "The strongest weekday is Wednesday, with 30% of the orders.",
        "No orders on these weekdays: Friday, Saturday and Sunday.",
    ]


def test_several_years_are_counted(data):
    data["seasons"]["years"] = 3
    assert "over 3 years" in " ".join(exploration_sentences(data, Words("en")))


def test_less_than_a_year_has_no_strongest_month(data):
    data["seasons"]["years"] = 0
    assert "month" not in " ".join(exploration_sentences(data, Words("en"))[4:])


@pytest.mark.parametrize(("value", "is_quoted"), [(0.31, True), (0.29, False)])
def test_weak_pairs_have_no_sentence(data, value, is_quoted):
    data["pairs"] |= {"together": {"first": "order_count", "second": "total_spend", "value": value}, "apart": None}
    lines = exploration_sentences(data, Words("en"))
    assert any("rank correlation 0.3" in line for line in lines) is is_quoted


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_has_a_title_and_a_description(data, language):
    pictures = exploration_pictures(data, Words(language, currency="BRL"))
    assert set(pictures) == {
        "lorenz", "months", "weekdays", "distribution-days_since_last_purchase", "distribution-order_count",
        "distribution-total_spend", "distribution-mean_order_value",
    }  # fmt: skip
    assert all("<title id=" in svg and "<desc id=" in svg for svg in pictures.values())
    assert "67" in pictures["lorenz"]


def test_tables_without_purchases_show_the_features_of_the_fit():
    rng = np.random.default_rng(0)
    features = pd.DataFrame(
        {
            **{name: np.full(50, np.nan) for name in ("days_since_last_purchase", "order_count", "total_spend")},
            "customer_id": [str(i) for i in range(50)],
            "age": rng.normal(40, 9, size=50),
            "income": rng.normal(40, 9, size=50),
        }
    )
    found = explore(None, features, fit=["age", "income"], as_of=None, smallest=5)
    assert [one["feature"] for one in found["distributions"]] == ["age", "income"]
    assert found["pairs"]["features"] == ["age", "income"]
    assert (found["concentration"], found["one_time"], found["cohorts"], found["seasons"]) == (None, None, None, None)


def test_cohorts_are_named_by_month_quarter_or_year():
    words = Words("en")
    assert [cohort_name("2010-10-01", unit, words) for unit in ("month", "quarter", "year")] == [
        "Oct 2010", "Q4 2010", "2010"
    ]  # fmt: skip
