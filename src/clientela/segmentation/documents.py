"""The files about the data that a comparison logs beside its report."""

import json

from clientela.exploration.explore import Exploration
from clientela.quality.report import QualityReport
from clientela.reporting.words import Words
from clientela.segmentation.dictionary import DictionaryData, dictionary_entries, dictionary_page, dictionary_sheet


def documents(known: DictionaryData, exploration: Exploration, *, language: str) -> dict[str, bytes]:
    """Path -> content of the files.

    Args:
        known: what the run knows of its tables.
        exploration: what the data look like.
        language: language of the data dictionary.

    Returns:
        `quality.json`, `exploration.json`, `data-dictionary.html` and `data-dictionary.xlsx`.
    """
    words = Words(language, currency=known.dataset.currency, book="segmentation", labels=known.dataset.labels)
    entries = dictionary_entries(known, words)
    page = dictionary_page(entries, title=known.dataset.title, words=words)
    return {
        "quality.json": _as_json(known.quality),
        "exploration.json": _as_json(exploration),
        "data-dictionary.html": page.encode(),
        "data-dictionary.xlsx": dictionary_sheet(entries),
    }


def _as_json(data: QualityReport | Exploration) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1).encode()
