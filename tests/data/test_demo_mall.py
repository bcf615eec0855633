"""The generated mall: same bytes for the same seed, and types that can be found in their own tables."""

import numpy as np
import pytest

from clientela.data.demo_mall import VISITORS, generate_mall
from clientela.errors import InvalidInput


@pytest.fixture(scope="module")
def mall():
    return generate_mall(seed=3, customers=400)


def by_type(mall, table, value):
    """Mean of a value over the rows of each type."""
    frame = getattr(mall, table).to_pandas().dropna(subset="customer_id")
    frame["customer_id"] = frame["customer_id"].astype("int64").astype(str)
    joined = frame.merge(mall.truth.to_pandas(), on="customer_id", validate="many_to_one")
    return value(joined).groupby(joined["type"]).mean()


def test_the_same_seed_gives_the_same_tables(mall):
    again, other = generate_mall(seed=3, customers=400), generate_mall(seed=4, customers=400)
    assert again == mall
    assert other.visits != mall.visits


def test_every_customer_has_a_purchase(mall):
    bought = {str(int(id_)) for id_ in mall.transactions["customer_id"].to_pylist() if id_ is not None}
    assert len(set(mall.truth["customer_id"].to_pylist()) - bought) <= 4  # whose only purchase has lost its id
    assert set(mall.truth["type"].to_pylist()) == {visitor.name for visitor in VISITORS}


def test_each_type_stands_out_in_its_own_table(mall):
    def weekend(frame):
        days = frame["entered_at"].where(frame["entered_at"] != "?").astype("datetime64[ns]").dt.dayofweek
        return (days >= 5).astype(float)

    assert by_type(mall, "visits", weekend).idxmax() == "weekend_visitors"
    assert by_type(mall, "wifi", lambda frame: (frame["zone"] == "luxury").astype(float)).idxmax() == "luxury_buyers"
    offers = by_type(mall, "app", lambda frame: (frame["event"] != "points_checked").astype(float))
    assert offers.idxmax() == "offer_hunters"


@pytest.mark.parametrize(
    ("type_", "package"),
    [("weekend_visitors", "films"), ("luxury_buyers", "music"), ("offer_hunters", "series"),
     ("everyday_shoppers", "sports")],
)  # fmt: skip
def test_each_type_prefers_a_streaming_package(mall, type_, package):
    shares = by_type(mall, "streaming", lambda frame: (frame["package"] == package).astype(float))
    assert shares.idxmax() == type_
    assert shares[type_] > 0.5


@pytest.mark.parametrize("arguments", [{"seed": -1}, {"customers": 49}, {"customers": True}, {"seed": 1.5}])
def test_other_arguments_are_refused(arguments):
    with pytest.raises(InvalidInput, match="parameter of generate_mall must be an integer"):
        generate_mall(**arguments)


def test_ids_are_lost_as_often_as_the_module_says(mall):
    lost = np.mean([id_ is None for id_ in mall.wifi["customer_id"].to_pylist()])
    assert 0.005 < lost < 0.015
