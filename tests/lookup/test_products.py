"""Every public method of `IdLookup` works on each product's lookup."""

import inspect
from typing import Any

import pandas as pd
import pytest

from clientela.churn.version import open_lookup as open_churn
from clientela.insiders.version import open_lookup as open_insiders
from clientela.insiders.version import write_version as write_insiders
from clientela.lookup.id_lookup import IdLookup
from clientela.segmentation.version import open_lookup as open_segments

from ..churn import versions as churn
from ..insiders.test_model import VERSION
from ..segmentation import versions as segments

FRAME = pd.DataFrame({"customer_id": ["nobody", None]})
CALLS: dict[str, Any] = {
    "predict": lambda lookup: lookup.predict(None, FRAME, {"detail": True}),
    "answers": lambda lookup: lookup.answers(["nobody"], [-1], detail=False),
    "find": lambda lookup: lookup.find(["nobody"]),
    "customers": lambda lookup: lookup.customers([0, -1]),
    "freeze_once": lambda lookup: lookup.freeze_once(),
    "values": lambda lookup: lookup.values(FRAME),
    "use_pseudonyms": lambda lookup: lookup.use_pseudonyms({}),
}


@pytest.fixture(scope="module", params=["segments", "insiders", "churn"])
def lookup(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "segments":
        segments.write(folder)
        return open_segments(folder)
    if request.param == "insiders":
        write_insiders(folder, VERSION)
        return open_insiders(folder)
    churn.write(folder)
    return open_churn(folder)


def test_every_public_method_is_called_here():
    own = {name for name, _ in inspect.getmembers(IdLookup, inspect.isfunction) if name in vars(IdLookup)}
    assert {name for name in own if not name.startswith("_")} == set(CALLS)


@pytest.mark.parametrize("method", CALLS)
def test_the_method_works(lookup, method):
    CALLS[method](lookup)


def test_unknown_ids_are_answered_in_order(lookup):
    answers = lookup.predict(None, FRAME)
    assert [answer["customer_id"] for answer in answers] == ["nobody", None]


def test_the_documented_attributes_are_set(lookup):
    assert lookup.limit > 0
    assert lookup.as_of.startswith("20")
    assert len(lookup.index) > 0
