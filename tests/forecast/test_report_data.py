"""The forecast as report data, and its sentences."""

import json

import pytest

from clientela.forecast.report_data import forecast_data, horizon_of
from clientela.forecast.shop import forecast_history
from clientela.forecast.texts import coverage_sentence, group_sentences, period_sentence
from clientela.reporting.words import Words


@pytest.fixture(scope="module")
def shop(three_years, settings):
    return forecast_history(three_years, settings)


@pytest.fixture(scope="module")
def groups(shop):
    ids = shop.history.customers.tolist()
    return {1: ids[:800], 2: ids[800:1000], 3: ids[1000:]}


@pytest.fixture(scope="module")
def data(shop, groups):
    return forecast_data(shop, groups, days=90)


def test_the_data_are_plain(data):
    assert json.loads(json.dumps(data)) == data


@pytest.mark.parametrize("days", [30, 90, 180])
def test_the_groups_of_a_page_add_up_to_all_customers(data, days):
    horizon = horizon_of(data, days)
    assert sum(group["spend"][1] for group in horizon["groups"]) == pytest.approx(horizon["all"]["spend"][1])
    assert sum(group["customers"] for group in horizon["groups"]) == horizon["all"]["customers"]


def test_a_forecast_runs_from_the_as_of_date(data):
    horizon = horizon_of(data, 30)
    assert (horizon["first_day"], horizon["last_day"]) == ("2024-03-01", "2024-03-30")


def test_the_record_has_only_forecasts_of_the_same_kind(data, shop):
    horizon = horizon_of(data, 90)
    seasonal = [one for one in shop.checks[90] if one.is_seasonal]
    assert len(seasonal) < len(shop.checks[90])
    assert [one["as_of"] for one in horizon["past"]] == [one.as_of.isoformat() for one in seasonal]
    assert horizon["coverage"]["dates"] == len(seasonal)
    assert horizon["coverage"]["covered"] == sum(one["covered"] for one in horizon["past"])


def test_the_last_period_is_compared_with_an_average_one(data, shop):
    last, year = (shop.history.outcome(days, 0).spend.sum() / days for days in (90, 364))
    assert data["last_to_average"] == pytest.approx(last / year)
    assert forecast_data(shop, {}, days=200)["last_to_average"] is None


def test_sentences_name_the_dates_the_range_and_the_record(data):
    words = Words("en", currency="GBP")
    (expected,) = group_sentences(data, 1, words)
    assert expected.replace("\xa0", " ").startswith("1 Mar 2024 to 29 May 2024: £")
    low, _, high = horizon_of(data, 90)["groups"][0]["spend"]
    assert words.money_short(float(f"{low:.3g}")) in expected
    assert words.money_short(float(f"{high:.3g}")) in expected
    covered = horizon_of(data, 90)["coverage"]["covered"]
    assert f"covered the actual total {covered} times" in coverage_sentence(data, 90, words)
    assert coverage_sentence(data, 45, words) is None


def test_a_small_group_is_labelled(data):
    assert "too small to forecast closely" in " ".join(group_sentences(data, 2, Words("en")))


@pytest.mark.parametrize(
    ("high", "sentences", "said"), [(990.0, 2, "between £100 and £990"), (1010.0, 1, "differ too much")]
)
def test_a_range_too_wide_to_be_useful_is_not_quoted(data, high, sentences, said):
    horizon = horizon_of(data, 90)
    group = {**horizon["groups"][0], "spend": [100.0, 300.0, high]}
    others = [one for one in data["horizons"] if one["days"] != 90]
    unknown = {**data, "horizons": [*others, {**horizon, "is_seasonal": False, "groups": [group]}]}
    found = group_sentences(unknown, 1, Words("en", currency="GBP"))
    assert len(found) == sentences
    assert said in " ".join(found).replace("\xa0", " ")


def test_without_data_or_group_nothing_is_said(data):
    words = Words("pt-BR")
    assert group_sentences(None, 1, words) == []
    assert group_sentences(data, 9, words) == []
    assert period_sentence({**data, "last_to_average": 1.0}, words) is None
    assert "Uma época forte" in period_sentence({**data, "last_to_average": 1.5}, words)
