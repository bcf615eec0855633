"""Exports with the headers and formats of shop systems: the roles of their columns, their dates and their money."""

import inspection
import pytest
from inspection_shops import real_shops
from inspection_systems import system_shops
from inspection_variants import DEVELOPMENT, HELD_OUT

# Each stands for a kind: order totals on first lines, prices that are amounts, decimal comma, title rows, UTF-16.
CHECKED = (
    "shopify, all columns", "magento grid", "jtl", "sap sd", "amazon", "ebay", "ta feng", "sample sales data", "omie",
    "mercado libre", "datev till", "squarespace", "short names", "no customers",
)  # fmt: skip
LARGEST_WRONG_SHARE = 0.05


@pytest.fixture(scope="module")
def scores(tmp_path_factory):
    folder = tmp_path_factory.mktemp("systems")
    shops = [(shop, look) for shop, look in system_shops() if shop.name in CHECKED]
    return [inspection.measure(shop, look, folder) for shop, look in shops]


def test_nearly_all_columns_are_right(scores):
    assert len(scores) == len(CHECKED)
    wrong = [f"{score.name}: {text}" for score in scores for text in score.wrong]
    assert len(wrong) <= LARGEST_WRONG_SHARE * sum(score.columns for score in scores), wrong


def test_no_period_and_no_money_is_silently_wrong(scores):
    assert [score for score in scores if "WRONG" in score.period + score.money] == []


def test_the_verdicts_are_right(scores):
    assert [score for score in scores if "not" in score.verdict.replace("cannot", "") or score.verdict == "error"] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "look", ["Portuguese comma latin-1", "workbook of two sheets", "SAP utf-16", "nonsense", "months in full"]
)
def test_real_files_under_a_disguise(shared_data, tmp_path, look):
    for shop in real_shops(shared_data, rows=4_000):
        (disguise,) = [one for one in (*DEVELOPMENT, *HELD_OUT) if one.name == look]
        score = inspection.measure(shop, disguise, tmp_path)
        assert (score.wrong, score.verdict, score.period, score.money) == ((), "ready", "right", "right"), shop.name
