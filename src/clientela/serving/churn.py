"""Churn on the production server: the version that answers, and requests with raw features."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from clientela.serving.bodies import JSON, media_type, read_form
from clientela.serving.live import Lookup, Serving, utc_now
from clientela.serving.refusals import invalid


class ChurnLookup(Lookup, Protocol):
    """What the server needs of the churn model.

    Attributes:
        known: the model's features by name.
    """

    known: dict[str, Any]

    def predict_features(self, rows: pd.DataFrame, *, detail: bool) -> list[dict[str, Any]]:
        """One answer per row of raw features."""

    def check_rows(self, count: int) -> None:
        """Refuse a request with too many rows."""


@dataclass(frozen=True)
class ChurnServing(Serving):
    """A version of the churn model that answers."""

    lookup: ChurnLookup


def open_churn(open_lookup: Callable[[Path], ChurnLookup], number: str, files: Path) -> ChurnServing:
    """Open a version of the churn model.

    Args:
        open_lookup: opens the lookup of a folder.
        number: version number.
        files: folder of the version's files.

    Returns:
        The version, ready to answer.

    Raises:
        Exception: of many kinds; a file is missing or has another form.
    """
    lookup = open_lookup(files)
    return ChurnServing(number, lookup, lookup.as_of, utc_now())


def features_of(body: bytes, content_type: bytes, lookup: ChurnLookup) -> tuple[pd.DataFrame, bool] | None:
    """Read the raw features of a request.

    Args:
        body: body of the request.
        content_type: value of its header Content-Type.
        lookup: lookup of the churn model, which knows its features.

    Returns:
        The rows of features and whether details are requested; None if the request has no features.

    Raises:
        Refusal: the body breaks a rule.
        RequestError: there are too many rows.
    """
    if media_type(content_type) != JSON:
        _refuse_features_in_csv(body, lookup)
        return None
    form, content, detail = read_form(body)
    columns = _of_split(content, lookup) if form == "dataframe_split" else _of_records(content, lookup)
    if columns is None or not columns.keys() & lookup.known.keys():
        return None
    return pd.DataFrame(columns, dtype=object), detail


def _refuse_features_in_csv(body: bytes, lookup: ChurnLookup) -> None:
    """Features are not read from CSV: the ids would be answered, and the features would be ignored."""
    first = body.partition(b"\n")[0].decode("utf-8-sig", "replace")
    try:
        names = next(csv.reader([first]), [])
    except csv.Error:
        return  # the reader of ids reports the error
    if features := [name for name in names if name.strip() in lookup.known]:
        raise invalid(
            f"Features must be sent as JSON, for example as dataframe_records. Got a CSV with {features[0]!r}."
        )


def _of_split(content: Any, lookup: ChurnLookup) -> dict[str, list[Any]] | None:
    columns, rows = (content.get("columns"), content.get("data")) if isinstance(content, dict) else (None, None)
    if not isinstance(columns, list) or not isinstance(rows, list):
        return None
    places = {name: at for at, name in enumerate(columns) if _is_read(name, lookup)}
    if not places.keys() & lookup.known.keys():
        return None
    lookup.check_rows(len(rows))
    if len(places) < sum(_is_read(name, lookup) for name in columns):
        raise invalid("Each feature must be given once. One of the columns is given twice.")
    if not all(type(row) is list and len(row) == len(columns) for row in rows):
        raise invalid(f"Each row of data must be a list with one value per column: {len(columns)} columns were given.")
    return {name: [row[at] for row in rows] for name, at in places.items()}


def _of_records(content: Any, lookup: ChurnLookup) -> dict[str, list[Any]] | None:
    if not isinstance(content, list) or not all(type(record) is dict for record in content):
        return None
    names = {name for record in content for name in record if _is_read(name, lookup)}
    if not names & lookup.known.keys():
        return None
    lookup.check_rows(len(content))
    return {name: [record.get(name) for record in content] for name in sorted(names)}


def _is_read(name: Any, lookup: ChurnLookup) -> bool:
    return type(name) is str and (name in lookup.known or name == "customer_id")
