"""Roles of columns by their headers: English, Portuguese, Spanish and German, in `vocabulary.yaml`."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import yaml

EXACT = 1.0
SAME_WORDS = 0.95  # the same words in another order, or with articles and prepositions
CONTAINED, CONTAINED_RANGE = 0.5, 0.35  # a phrase among other words: the more of the header it covers, the better
COMPOUND, COMPOUND_RANGE = 0.4, 0.35  # a phrase within a compound word
SHORTEST_COMPOUND = 5  # characters; shorter phrases occur by chance in other words
NESTED = re.compile(r"\w+(?:\.\w+)+")  # as customer.id
CONTAINERS = frozenset({"node", "edges", "nodes", "data", "attributes", "payload", "fields", "properties"})
SMALL_WORDS = frozenset(
    {"de", "do", "da", "del", "der", "des", "of", "the", "la", "el", "los", "las", "em", "por", "per"}
)


@lru_cache(maxsize=1)
def vocabulary() -> Mapping[str, tuple[str, ...]]:
    """Role -> its phrases, in lower case without accents."""
    text = files("clientela.data.inspection").joinpath("vocabulary.yaml").read_text(encoding="utf-8")
    lines: dict[str, list[str]] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return {
        role: tuple(phrase.strip() for line in found for phrase in line.split(",")) for role, found in lines.items()
    }


def words_of(header: str) -> tuple[str, ...]:
    """The words of a header in lower case, without accents; camel case and separators divide words.

    >>> words_of("Nº do_pedidoOnline")
    ('n', 'do', 'pedido', 'online')
    """
    text = re.sub(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])", " ", header.replace("ß", "ss").replace("º", "").replace("°", ""))
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return tuple(re.findall(r"[a-z]+|[0-9]+", plain.lower()))


@lru_cache(maxsize=1)
def _phrases() -> tuple[dict[str, dict[str, None]], dict[frozenset[str], dict[str, None]]]:
    """Roles by the joined phrase, and by the set of its words without small ones (in both, roles in order)."""
    joined: dict[str, dict[str, None]] = {}
    sets: dict[frozenset[str], dict[str, None]] = {}
    for role, phrases in vocabulary().items():
        for phrase in phrases:
            joined.setdefault(phrase.replace(" ", ""), {})[role] = None
            sets.setdefault(frozenset(phrase.split()) - SMALL_WORDS, {})[role] = None
    return joined, sets


@lru_cache(maxsize=4096)
def name_scores(header: str) -> Mapping[str, float]:
    """Role -> how well the header names it, in [0, 1]; roles that it does not name are left out.

    >>> name_scores("Codigo do Cliente")["customer_id"]
    1.0
    >>> name_scores("CUSTOMER_ID_HASHED")["customer_id"] > 0.7
    True
    >>> dict(name_scores("xyz"))
    {}
    """
    scores = _scores_of(words_of(header))
    if max(scores.values(), default=0.0) < SAME_WORDS and NESTED.fullmatch(header):
        return _scores_of(_last_words(header)) or scores
    return scores


def _last_words(header: str) -> tuple[str, ...]:
    """The words of a key of nested data and of the object that it belongs to, in the singular.

    >>> _last_words("orders.line_items.node.sku")
    ('line', 'item', 'sku')
    """
    *parents, key = [part for part in header.split(".") if part.lower() not in CONTAINERS] or [header]
    parent = words_of(parents[-1]) if parents else ()
    return (*(word.removesuffix("s") for word in parent), *words_of(key))


def _scores_of(words: tuple[str, ...]) -> dict[str, float]:
    whole = "".join(words)
    joined, sets = _phrases()
    scores: dict[str, float] = {}
    for role in joined.get(whole, ()):
        scores[role] = EXACT
    for role in sets.get(frozenset(words) - SMALL_WORDS, ()):
        scores.setdefault(role, SAME_WORDS)
    for phrase, roles in _within(words):
        share = len(phrase) / len(whole)
        for role in roles:
            scores[role] = max(scores.get(role, 0), CONTAINED + CONTAINED_RANGE * share)
    if not scores:
        scores = _in_compound(whole)
    return scores


def _within(words: tuple[str, ...]) -> list[tuple[str, dict[str, None]]]:
    """The phrases that are runs of the header's words, with their roles; runs of one or two letters do not count."""
    joined, _ = _phrases()
    runs = {
        "".join(words[start:end])
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
        if end - start < len(words)
    }
    return [(run, joined[run]) for run in sorted(runs) if len(run) > 2 and run in joined]


def _in_compound(whole: str) -> dict[str, float]:
    """Scores by phrases within a compound word, such as German ones."""
    joined, _ = _phrases()
    scores: dict[str, float] = {}
    for phrase, roles in joined.items():
        if len(phrase) >= SHORTEST_COMPOUND and phrase in whole:
            for role in roles:
                scores[role] = max(scores.get(role, 0), COMPOUND + COMPOUND_RANGE * len(phrase) / len(whole))
    return scores
