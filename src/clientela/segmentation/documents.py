"""The files about the data that a comparison logs beside its report."""

import json

from clientela.exploration.explore import Exploration
from clientela.quality.report import QualityReport


def documents(quality: QualityReport, exploration: Exploration) -> dict[str, bytes]:
    """Path -> content of the files.

    Args:
        quality: quality report of the data.
        exploration: what the data look like.

    Returns:
        `quality.json` and `exploration.json`.
    """
    return {"quality.json": _as_json(quality), "exploration.json": _as_json(exploration)}


def _as_json(data: QualityReport | Exploration) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1).encode()
