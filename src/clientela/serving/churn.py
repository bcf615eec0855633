"""Churn on the production server: the version that answers, and its two addresses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd

from clientela.serving.bodies import flag_of, read_invocation
from clientela.serving.churn_index import open_lookup
from clientela.serving.churn_pyfunc import ChurnLookup
from clientela.serving.log import Log
from clientela.serving.refusals import Refusal


@dataclass(frozen=True)
class ChurnServing:
    """A version of the churn model that answers; as `live.Serving`."""

    number: str
    lookup: ChurnLookup
    as_of: str
    loaded_at: str


def open_churn(number: str, files: Path) -> ChurnServing:
    """Open a version; nothing of what lies there is run.

    Raises:
        Exception: of many kinds; a file is missing or has another form.
    """
    lookup = open_lookup(files)
    date.fromisoformat(lookup.as_of)
    return ChurnServing(number, lookup, lookup.as_of, datetime.now(UTC).isoformat(timespec="seconds"))


class ChurnDesk:
    """Answers questions about churn.

    Args:
        serving: gives the version that answers, None where there is none.
        ids_a_request: how many ids a request takes; the version's own limit holds too.
    """

    def __init__(self, serving: Callable[[], ChurnServing | None], *, ids_a_request: int) -> None:
        self._serving = serving
        self._most = ids_a_request

    def current(self) -> ChurnServing:
        """The version that answers.

        Raises:
            Refusal: 503, there is none.
        """
        serving = self._serving()
        if serving is None:
            sentence = "No churn model is loaded: the registry must have a champion that opens."
            raise Refusal(503, "TEMPORARILY_UNAVAILABLE", sentence, {b"retry-after": b"10"})
        return serving

    def predict(self, lookup: ChurnLookup, body: bytes, content_type: bytes) -> tuple[list[dict[str, Any]], int, int]:
        """Answers to a request in one of MLflow's forms, of ids or of raw features; how many, and how many unknown.

        Raises:
            Refusal: the body breaks a rule.
            RequestError: a value does.
        """
        given = features_of(body, lookup) if b"json" in content_type else None
        if given is not None:
            rows, detail = given
            return lookup.judged(rows, detail=detail), len(rows), 0
        values, detail = read_invocation(body, content_type)
        if len(values) > self._most:
            rule = f"A request takes at most {self._most:,} customer ids. Got {len(values):,}."
            raise Refusal(400, "INVALID_PARAMETER_VALUE", rule)
        ids, places = lookup.find(values)
        return lookup.answers(ids, places, detail=detail), len(ids), int(np.count_nonzero(places < 0))


def features_of(body: bytes, lookup: ChurnLookup) -> tuple[pd.DataFrame, bool] | None:
    """The rows of raw features in a request, and whether details are asked for; None where there are no features."""
    try:
        request = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None  # the reader of ids says what is wrong
    rows = _rows(request) if isinstance(request, dict) else None
    if rows is None or not any(name in rows for name in lookup.known):
        return None
    params = request.get("params")
    return rows, flag_of(params.get("detail") if isinstance(params, dict) else None)


def _rows(request: dict[str, Any]) -> pd.DataFrame | None:
    records, split = request.get("dataframe_records"), request.get("dataframe_split")
    if isinstance(records, list) and records and all(isinstance(record, dict) for record in records):
        return pd.DataFrame(records, dtype=object)
    if isinstance(split, dict) and isinstance(split.get("columns"), list) and isinstance(split.get("data"), list):
        width = len(split["columns"])
        if all(isinstance(row, list) and len(row) == width for row in split["data"]):
            return pd.DataFrame(split["data"], columns=split["columns"], dtype=object)
    return None


class ChurnTold:
    """Tells the log of swaps of the churn model; the figures of /metrics are the segments'."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def swapped(self, serving: Any) -> None:
        """Another version answers now."""
        self._log.event("info", "churn_swap", version=serving.number, as_of=serving.as_of)

    def swap_failed(self, number: str | None, error: Exception) -> None:
        """The champion could not be opened."""
        self._log.event("alert", "churn_swap_failed", version=number, error=f"{type(error).__name__}: {error}"[:500])

    def settled(self) -> None:
        """The champion is what answers."""
