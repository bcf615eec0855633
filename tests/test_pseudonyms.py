"""Pseudonyms: stable by key, different by id and purpose, refused without a key or with another one."""

import hashlib
import hmac

import pytest

from clientela.pseudonyms import ORDERS, PseudonymKeyError, Pseudonyms, is_pseudonym

KEY = b"sixteen bytes at least"


def test_a_pseudonym_is_the_start_of_the_hmac():
    expected = hmac.new(KEY, b"17850", hashlib.sha256).hexdigest()[:16]
    shop = Pseudonyms(KEY)
    assert shop.of("17850") == expected
    assert shop.of_many(["17850", None, "12346", "17850"]) == [expected, None, shop.of("12346"), expected]
    assert is_pseudonym(expected)
    assert not is_pseudonym("17850")
    assert not is_pseudonym(None)


def test_another_key_or_purpose_gives_other_pseudonyms():
    shop = Pseudonyms(KEY)
    assert len({shop.of("17850"), shop.of("17850", purpose=ORDERS), Pseudonyms(KEY + b"!").of("17850")}) == 3


@pytest.mark.parametrize("value", [None, "", "fifteen letters"])
def test_a_key_that_is_missing_or_short_is_refused_and_not_shown(monkeypatch, value):
    monkeypatch.delenv("SHOP_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("SHOP_KEY", value)
    with pytest.raises(PseudonymKeyError, match="SHOP_KEY must hold the key of the pseudonyms") as caught:
        Pseudonyms.from_environment("SHOP_KEY")
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize("value", ["sécret of the shop", "sixteen letters!"])
def test_the_key_is_the_variables_bytes(monkeypatch, value):
    monkeypatch.setenv("SHOP_KEY", value)
    assert Pseudonyms.from_environment("SHOP_KEY").of("7") == Pseudonyms(value.encode()).of("7")


def test_a_version_is_refused_with_another_key(monkeypatch):
    card = Pseudonyms(KEY, "SHOP_KEY").card
    monkeypatch.setenv("SHOP_KEY", KEY.decode())
    assert Pseudonyms.of_card(card).of("7") == Pseudonyms(KEY).of("7")
    monkeypatch.setenv("SHOP_KEY", "another key of the shop")
    with pytest.raises(PseudonymKeyError, match=f"with the fingerprint {card['fingerprint']}. Got a key with"):
        Pseudonyms.of_card(card)
