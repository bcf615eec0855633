"""Churn on the production server: the version that answers, and requests of raw features."""

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from clientela.churn.model import ChurnLookup
from clientela.churn.version import open_lookup
from clientela.serving.bodies import JSON, kind_of, read_form
from clientela.serving.refusals import invalid


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


def features_of(body: bytes, content_type: bytes, lookup: ChurnLookup) -> tuple[pd.DataFrame, bool] | None:
    """The rows of raw features in a JSON request, and whether details are asked for; None where there are no features.

    Raises:
        Refusal: the body breaks a rule.
        RequestError: there are too many rows.
    """
    if kind_of(content_type) != JSON:
        _refuse_features_in_csv(body, lookup)
        return None
    form, content, detail = read_form(body)
    columns = _of_split(content, lookup) if form == "dataframe_split" else _of_records(content, lookup)
    if columns is None or not columns.keys() & lookup.known.keys():
        return None
    return pd.DataFrame(columns, dtype=object), detail


def _refuse_features_in_csv(body: bytes, lookup: ChurnLookup) -> None:
    """Where the first line has features, the ids of a CSV would be answered, and not what was asked."""
    first = body.partition(b"\n")[0].decode("utf-8-sig", "replace")
    try:
        names = next(csv.reader([first]), [])
    except csv.Error:
        return  # the reader of ids says what is wrong
    if asked := [name for name in names if name.strip() in lookup.known]:
        raise invalid(f"Features must be sent as JSON, for example as dataframe_records. Got a CSV with {asked[0]!r}.")


def _of_split(content: Any, lookup: ChurnLookup) -> dict[str, list[Any]] | None:
    columns, rows = (content.get("columns"), content.get("data")) if isinstance(content, dict) else (None, None)
    if not isinstance(columns, list) or not isinstance(rows, list):
        return None
    places = {name: at for at, name in enumerate(columns) if _is_asked(name, lookup)}
    if not places.keys() & lookup.known.keys():
        return None
    lookup.check_rows(len(rows))
    if len(places) < sum(_is_asked(name, lookup) for name in columns):
        raise invalid("Each feature must be given once. One of the columns is there twice.")
    if not all(type(row) is list and len(row) == len(columns) for row in rows):
        raise invalid(f"Each row of data must be a list with one value a column: {len(columns)} columns were given.")
    return {name: [row[at] for row in rows] for name, at in places.items()}


def _of_records(content: Any, lookup: ChurnLookup) -> dict[str, list[Any]] | None:
    if not isinstance(content, list) or not all(type(record) is dict for record in content):
        return None
    names = {name for record in content for name in record if _is_asked(name, lookup)}
    if not names & lookup.known.keys():
        return None
    lookup.check_rows(len(content))
    return {name: [record.get(name) for record in content] for name in sorted(names)}


def _is_asked(name: Any, lookup: ChurnLookup) -> bool:
    return type(name) is str and (name in lookup.known or name == "customer_id")
