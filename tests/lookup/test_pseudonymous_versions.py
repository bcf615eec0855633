"""Versions whose customers have pseudonyms: they answer for the shop's own ids, with the right key only."""

from dataclasses import replace

import pandas as pd
import pytest

from clientela.insiders.version import open_lookup as open_insiders
from clientela.insiders.version import write_version as write_insiders
from clientela.pseudonyms import PseudonymKeyError, Pseudonyms

from ..churn import versions as churn
from ..insiders.test_model import VERSION
from ..segmentation import versions as segments

KEYED = Pseudonyms(b"the key of the test shop", "SHOP_KEY")
IDS = VERSION.customers["customer_id"].tolist()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_KEY", "the key of the test shop")
    named = VERSION.customers.assign(customer_id=KEYED.of_many(IDS))
    write_insiders(tmp_path, replace(VERSION, customers=named, card={**VERSION.card, "pseudonyms": KEYED.card}))
    return tmp_path


def members(lookup, ids):
    answers = lookup.predict(None, pd.DataFrame({"customer_id": pd.Series(ids, dtype=object)}))
    return [(answer["customer_id"], answer["member"]) for answer in answers]


def test_ids_and_pseudonyms_are_answered_as_they_were_asked(folder):
    lookup = open_insiders(folder)
    own = [("1", True), ("3", False), ("nobody", None), (None, None)]
    assert members(lookup, [1, "3.0", "nobody", None]) == own
    assert members(lookup, [KEYED.of("3"), KEYED.of("4")]) == [(KEYED.of("3"), False), (KEYED.of("4"), None)]
    assert members(lookup, ["1", KEYED.of("3")] * 20) == [("1", True), (KEYED.of("3"), False)] * 20


def test_no_file_of_the_version_has_an_id_of_the_shop(folder):
    names = open_insiders(folder).index.customers["customer_id"].to_pylist()
    assert names == KEYED.of_many(IDS)
    assert not set(names) & set(IDS)


@pytest.mark.parametrize("key, said", [(None, "at least 16 bytes"), ("another key of the shop", "Got a key with")])
def test_a_version_does_not_open_without_its_key(folder, monkeypatch, key, said):
    monkeypatch.delenv("SHOP_KEY")
    if key:
        monkeypatch.setenv("SHOP_KEY", key)
    with pytest.raises(PseudonymKeyError, match=said) as caught:
        open_insiders(folder)
    assert "SHOP_KEY" in str(caught.value)
    assert not key or key not in str(caught.value)


def test_segments_and_churn_ask_for_the_key_too(tmp_path, monkeypatch):
    monkeypatch.delenv("SHOP_KEY", raising=False)
    for product, changes in ((segments, {"pseudonyms": KEYED.card}), (churn, {"pseudonyms": KEYED.card})):
        target = tmp_path / product.__name__
        target.mkdir()
        files = product.write(target, **changes)
        with pytest.raises(PseudonymKeyError, match="SHOP_KEY"):
            product.load(files)
