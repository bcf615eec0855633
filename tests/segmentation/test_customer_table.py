"""The customer list among the artifacts of a run: as far as the settings allow ids."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from clientela.segmentation.log import customer_table
from clientela.segmentation.version import SegmentsVersion
from clientela.settings import Settings, load_settings

from .versions import CUSTOMERS, SEGMENTS

ROOT = Path(__file__).resolve().parents[2]
VERSION = SegmentsVersion(date(2025, 1, 1), CUSTOMERS, SEGMENTS, rules=[], clustering={}, last_id=3)


def settings(**changes: Any) -> Settings:
    found = load_settings("demo", conf=ROOT / "conf")
    report = found.segments.report.model_copy(update={"customer_ids": changes.pop("customer_ids", "all")})
    segments = found.segments.model_copy(update={"report": report})
    return found.model_copy(update={"segments": segments, **changes})


def test_it_has_one_row_per_customer_with_the_figures_of_answers():
    table = customer_table(VERSION, settings())
    assert table is not None
    assert list(table) == ["customer_id", "segment_id", "segment", "as_of", *VERSION.figures]
    assert table["segment"].tolist() == ["Champions", "Loyal", "Loyal", "Lost", "Lost"]
    assert table["customer_id"].tolist() == CUSTOMERS["customer_id"].tolist()


@pytest.mark.parametrize("shown", ["typical", "none"])
def test_there_is_none_if_a_report_may_not_show_all_ids(shown):
    assert customer_table(VERSION, settings(customer_ids=shown)) is None


def test_there_is_none_if_an_id_is_an_address():
    ids = CUSTOMERS["customer_id"].replace("José", "jose@shop.example")
    assert customer_table(replace(VERSION, customers=CUSTOMERS.assign(customer_id=ids)), settings()) is None


def test_there_is_none_if_customers_have_pseudonyms():
    dataset = settings().dataset
    assert dataset.privacy is not None
    with_pseudonyms = dataset.model_copy(update={"privacy": dataset.privacy.model_copy(update={"pseudonyms": True})})
    assert customer_table(VERSION, settings(dataset=with_pseudonyms)) is None
