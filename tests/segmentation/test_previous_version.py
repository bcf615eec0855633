"""What is kept of the previous version: since when customers are in their segments."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from clientela.segmentation.previous_version import Continuation, segments_since
from clientela.segmentation.version import SINCE

from .versions import CUSTOMERS, VERSION

NOW, BEFORE = date(2024, 2, 29), date(2023, 12, 31)
IDS = pd.Series(["new", "José", "012346", "12346", "CS5295"])
SEGMENTS = np.array([1, 3, 1, 1, 2])  # 012346 was in segment 2


def since(previous):
    return segments_since(IDS, SEGMENTS, Continuation(SEGMENTS, SEGMENTS, [], previous, "1"), as_of=NOW).tolist()


def test_the_first_version_knows_its_own_date_only():
    assert segments_since(IDS, SEGMENTS, None, as_of=NOW).tolist() == [NOW] * 5


def test_customers_of_the_same_segment_keep_their_date():
    assert since(VERSION) == [NOW, VERSION.as_of, NOW, BEFORE, BEFORE]


def test_a_previous_version_without_dates_counts_with_its_own():
    previous = replace(VERSION, customers=CUSTOMERS.drop(columns=SINCE))
    assert since(previous) == [NOW, VERSION.as_of, NOW, VERSION.as_of, VERSION.as_of]
