"""Reads the ids in the body of a request: MLflow's forms, and the one of `POST /customers:lookup`."""

import csv
import io
import json
from typing import Any

import orjson

from clientela.lookup.ids import SEND
from clientela.serving.refusals import Refusal, invalid

JSON = b"application/json"
FORMS = ("dataframe_split", "dataframe_records", "inputs", "instances")
NO_IDS = f"The request has no customer ids: {SEND}."
# What pandas, and so `mlflow models serve`, reads as missing in a CSV file.
MISSING = frozenset(
    {"", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
     "NULL", "NaN", "None", "n/a", "nan", "null"}
)  # fmt: skip
EXACT = 2.0**63  # orjson may read whole numbers from here on as floats


def read_invocation(body: bytes, content_type: bytes) -> tuple[list[Any], bool]:
    """Read a request in one of MLflow's forms.

    Returns:
        The ids as they were sent, and whether details are requested.

    Raises:
        Refusal: the content type is not supported, or the body breaks a rule.
    """
    kind = media_type(content_type)
    if kind == JSON:
        return _read_json(body)
    if kind == b"text/csv":
        return _read_csv(body), False
    got = f"Got {kind[:80].decode('latin-1')!r} instead." if kind else "Got none."
    raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", f"The content type must be application/json or text/csv. {got}")


def read_lookup(body: bytes) -> tuple[list[Any], bool]:
    """Read a request of the form `{"ids": [...], "detail": ...}`.

    Returns:
        The ids as they were sent, and whether details are requested.

    Raises:
        Refusal: the body breaks a rule.
    """
    request = _parse(body)
    if not isinstance(request, dict) or not isinstance(request.get("ids"), list):
        raise invalid('The request must be a JSON object with a list of ids, for example {"ids": ["17850"]}.')
    if unknown := sorted(request.keys() - {"ids", "detail"}):
        raise invalid(f"The request takes the keys ids and detail. Got {unknown[0][:80]!r} too.")
    return _with_exact_integers(request["ids"], lambda again: again["ids"], body), _read_detail(request.get("detail"))


def media_type(content_type: bytes) -> bytes:
    """The media type in a Content-Type header, without parameters."""
    return content_type.partition(b";")[0].strip().lower()


def read_form(body: bytes) -> tuple[str, Any, bool]:
    """Read a JSON body in one of MLflow's forms.

    Returns:
        The name of the form, its content, and whether details are requested.

    Raises:
        Refusal: the body breaks a rule.
    """
    request = _parse(body)
    given = [form for form in FORMS if form in request] if isinstance(request, dict) else []
    if len(given) != 1:
        raise invalid(f"The request must be a JSON dictionary with exactly one of the keys {', '.join(FORMS)}; {SEND}.")
    params = request.get("params")
    if params is not None and not isinstance(params, dict):
        raise invalid(f"The params must be a JSON object. Got {type(params).__name__} instead.")
    return given[0], request[given[0]], _read_detail((params or {}).get("detail"))


def _read_json(body: bytes) -> tuple[list[Any], bool]:
    form, content, detail = read_form(body)
    return _with_exact_integers(_values(form, content), lambda again: _values(form, again[form]), body), detail


def _values(form: str, content: Any) -> list[Any]:
    if form == "dataframe_split":
        return _ids_of_split(content)
    if isinstance(content, list):
        if form == "dataframe_records" or (content and isinstance(content[0], dict)):
            return _ids_of_records(content)
        return content
    if isinstance(content, dict) and form != "dataframe_records":
        column = content.get("customer_id")
        if isinstance(column, list):
            return column
        if "customer_id" in content:
            return [column]
    raise invalid(NO_IDS)


def _ids_of_split(content: Any) -> list[Any]:
    columns, rows = (content.get("columns"), content.get("data")) if isinstance(content, dict) else (None, None)
    if not isinstance(columns, list) or not isinstance(rows, list) or columns.count("customer_id") != 1:
        raise invalid(NO_IDS)
    width = len(columns)
    try:
        if width == 1:
            return [value for (value,) in rows]
        at = columns.index("customer_id")
        if all(type(row) is list and len(row) == width for row in rows):
            return [row[at] for row in rows]
    except (TypeError, ValueError):
        pass
    raise invalid(f"Each row of data must be a list with one value per column: {width} columns were given.")


def _ids_of_records(content: list[Any]) -> list[Any]:
    if not all(type(record) is dict for record in content):
        raise invalid(f"Each record must be a JSON object with a customer_id; {SEND}.")
    if not any("customer_id" in record for record in content):
        raise invalid(NO_IDS)
    return [record.get("customer_id") for record in content]


def _read_csv(body: bytes) -> list[Any]:
    try:
        rows = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        columns = next(rows, [])
        if columns.count("customer_id") != 1:
            raise invalid(NO_IDS)
        at, width = columns.index("customer_id"), len(columns)
        ids = []
        for row in rows:
            if len(row) > width:
                raise invalid(
                    f"Each line of the CSV must have at most {width} values, as its first line has. One has {len(row)}."
                )
            if row:
                value = row[at] if len(row) > at else ""
                ids.append(None if value in MISSING else value)
    except (UnicodeDecodeError, csv.Error) as error:
        raise invalid("The CSV must be UTF-8 text with one line per id. It cannot be read.") from error
    return ids


def _parse(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # orjson refuses numbers that do not fit into a float; JSON itself has no such limit.
        raise invalid(
            "The body must be valid JSON with numbers of at most 308 digits. "
            f"It is not, at line {error.lineno}, column {error.colno}."
        ) from None


def _with_exact_integers(values: list[Any], values_of: Any, body: bytes) -> list[Any]:
    """The values with exact whole numbers: orjson reads those beyond 64 bits as floats, which are inexact."""
    if float not in set(map(type, values)) or not any(type(v) is float and abs(v) >= EXACT for v in values):
        return values
    try:
        return list(values_of(json.loads(body)))
    except RecursionError:
        raise invalid("The body must not be nested hundreds of levels deep. It is.") from None


def _read_detail(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    raise invalid(f"The detail parameter must be true or false. Got {type(value).__name__} instead.")
