"""Pseudonyms: stable by key, different by id, refused without a key."""

import hashlib
import hmac

import pytest

from clientela.errors import InvalidInput
from clientela.exports.pseudonyms import pseudonym_key, pseudonyms

KEY = b"sixteen bytes at least"


def test_a_pseudonym_is_the_start_of_the_hmac():
    expected = hmac.new(KEY, b"17850", hashlib.sha256).hexdigest()[:16]
    assert pseudonyms(["17850", "12346", "17850"], KEY) == [expected, pseudonyms(["12346"], KEY)[0], expected]


def test_another_key_gives_other_pseudonyms():
    assert pseudonyms(["17850"], KEY) != pseudonyms(["17850"], KEY + b"!")


@pytest.mark.parametrize("value", [None, "", "fifteen letters"])
def test_a_key_that_is_missing_or_short_is_refused_and_not_shown(monkeypatch, value):
    monkeypatch.delenv("SHOP_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("SHOP_KEY", value)
    with pytest.raises(InvalidInput, match="SHOP_KEY must hold the key of the pseudonyms") as caught:
        pseudonym_key("SHOP_KEY")
    assert not value or value not in str(caught.value)


def test_the_key_is_the_variables_bytes(monkeypatch):
    monkeypatch.setenv("SHOP_KEY", "sécret of the shop")
    assert pseudonym_key("SHOP_KEY") == "sécret of the shop".encode()


def test_a_key_of_sixteen_bytes_is_long_enough(monkeypatch):
    monkeypatch.setenv("SHOP_KEY", "sixteen letters!")
    assert pseudonym_key("SHOP_KEY") == b"sixteen letters!"
