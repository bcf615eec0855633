import numpy as np
import pandas as pd
import pytest

from clientela.segmentation.segments.customer_lists import customer_lists
from clientela.settings import SegmentReportSettings

IDS = pd.Series(["b", "a", "c"])
SEGMENTS = np.array([2, 2, 1])


def settings(customer_ids="all", most_listed=3):
    return SegmentReportSettings(customer_ids=customer_ids, most_listed=most_listed, treatment=0.8, uplift=0.1)


def test_each_segment_has_its_customers_in_order():
    found = customer_lists(IDS, SEGMENTS, settings(), hide_ids=False)
    assert found["shown"] == "all"
    assert found["segments"] == [{"id": 1, "customer_ids": ["c"]}, {"id": 2, "customer_ids": ["a", "b"]}]


@pytest.mark.parametrize(
    ("changes", "shown"),
    [({"most_listed": 2}, "typical"), ({"customer_ids": "typical"}, "typical"), ({"customer_ids": "none"}, "none")],
)
def test_settings_keep_lists_out_of_the_report(changes, shown):
    assert customer_lists(IDS, SEGMENTS, settings(**changes), hide_ids=False) == {"shown": shown, "segments": []}


def test_addresses_are_never_shown():
    ids = pd.Series(["a", "ana@shop.example", "c"])
    assert customer_lists(ids, SEGMENTS, settings(), hide_ids=False) == {"shown": "none", "segments": []}


def test_where_customers_have_pseudonyms_no_id_is_shown():
    assert customer_lists(IDS, SEGMENTS, settings(), hide_ids=True) == {"shown": "none", "segments": []}
