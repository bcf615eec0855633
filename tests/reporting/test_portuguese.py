"""No English is left in the Portuguese texts, and both languages have the same messages."""

import re
from pathlib import Path
from string import Formatter

import pytest
import yaml

from clientela.contracts import LANGUAGES
from clientela.reporting.words import messages

NAMES = Path(__file__).resolve().parents[2] / "conf" / "segment_names.yaml"
BOOKS = ("", "segmentation", "insiders", "churn", "monitoring", "campaigns")
# Frequent English words that are no Portuguese ones; "a", "as", "do", "no" and "for" are both.
FREQUENT = (
    "about after all an and are at before below but by customer customers days each every first from group has have in "
    "is it its last less long members more most much not of on one order orders others revenue segment segments "
    "share spend spent than that the their them then there they this those to used was were what when where which who "
    "with within year years"
)
ENGLISH_WORDS = frozenset(FREQUENT.split())


def words_of(text):
    """Words of a text without markup, code, places and keys of settings, such as smallest_share."""
    text = re.sub(r"<code>.*?</code>|<[^>]+>|\{\w*\}|\w+_\w+", " ", text)
    return set(re.findall(r"[a-zà-ÿ]+", text.lower()))


@pytest.mark.parametrize("book", BOOKS)
def test_portuguese_messages_have_no_english_words(book):
    found = {key: words_of(text) & ENGLISH_WORDS for key, text in messages("pt-BR", book).items()}
    assert {key: words for key, words in found.items() if words} == {}


def test_portuguese_names_of_segments_have_no_english_words():
    rules = yaml.safe_load(NAMES.read_text(encoding="utf-8"))["rules"]
    texts = [rule[part]["pt-BR"] for rule in rules for part in ("name", "description", "action")]
    assert [text for text in texts if words_of(text) & ENGLISH_WORDS] == []


@pytest.mark.parametrize("book", BOOKS)
def test_both_languages_have_the_same_messages_and_places(book):
    english, portuguese = (messages(language, book) for language in LANGUAGES)
    assert list(english) == list(portuguese)
    assert [key for key in english if places(english[key]) != places(portuguese[key])] == []


def places(text):
    """Names of the places of a message."""
    return sorted({name for _, name, *_ in Formatter().parse(text) if name is not None})
