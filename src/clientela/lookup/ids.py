"""Customer ids as text: the canonical form of every id in a request."""

import json
import math
import re
from collections.abc import Iterable
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

# White space of every kind, byte order marks and marks of no width.
BLANKS = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\xad\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u202f\u205f\u2060\u2066\u2067\u2068"
    "\u2069\u3000\ufeff"
)
INTEGRAL_FLOAT = re.compile(r"(-?[0-9]+)\.0+")
SEND = (
    'send ids in a column named customer_id, for example {"dataframe_split": {"columns": ["customer_id"], '
    '"data": [["17850"]]}} or {"inputs": ["17850"]}'
)


class RequestError(MlflowException):
    """A mistake in a request; the answer has status 400 and one sentence.

    MLflow's server would put the whole request before the message; the answer must not repeat what was sent.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, error_code=INVALID_PARAMETER_VALUE)
        self.sentence = sentence

    def serialize_as_json(self) -> str:
        """The body of the answer."""
        return json.dumps({"error_code": self.error_code, "message": self.sentence})


def canonical_id(value: Any) -> str | None:
    """An id as text: integral floats lose the `.0` (also in text), leading zeros stay, missing values are None.

    Raises:
        RequestError: the value is an object, a list, a boolean or infinite.
    """
    if type(value) is str:
        text = value.strip(BLANKS)
        # Most ids have no dot; only those with one need the regular expression.
        match = INTEGRAL_FLOAT.fullmatch(text) if "." in text else None
        return (match[1] if match else text) or None
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    # Columns of objects may hold scalars of numpy; a Parquet file may hold decimals.
    if isinstance(value, str):
        return canonical_id(str(value))
    if isinstance(value, bool) or not isinstance(value, (int, float, Real, Decimal)):
        raise RequestError(f"Each customer id must be text or a number. Got {type(value).__name__} instead; {SEND}.")
    if not isinstance(value, float) and isinstance(value, (int, Integral)):
        return str(int(value))
    if math.isnan(value):
        return None
    if math.isinf(value):
        raise RequestError(f"Each customer id must be text or a number. Got infinity instead; {SEND}.")
    if isinstance(value, Decimal):
        return canonical_id(f"{value:f}")
    number = float(value)
    return str(int(number)) if number.is_integer() and abs(number) < 1e18 else repr(number)


def canonical_ids(values: list[Any]) -> list[str | None]:
    """The canonical ids of a request's values.

    Raises:
        RequestError: a value is an object, a list or a boolean.
    """
    # Text of ASCII signs without spaces and dots is canonical; all ids can be checked at once.
    if set(map(type, values)) == {str} and all(values):
        text = "".join(values)
        if text.isascii() and text.isprintable() and "." not in text and " " not in text:
            return values
    return [canonical_id(value) for value in values]


def refuse_nested(unknown: Iterable[str | None]) -> None:
    """Refuse a request with a list or an object where an id should be.

    Args:
        unknown: canonical ids of the request that are unknown.

    Raises:
        RequestError: an id is the text of a list or of an object.
    """
    # MLflow converts the values of `inputs` to text, so an object arrives as its text. A GUID in braces is an id.
    for id_ in unknown:
        if id_ and (
            (id_[0] == "[" and id_[-1] == "]") or (id_[0] == "{" and id_[-1] == "}" and (":" in id_ or id_ == "{}"))
        ):
            raise RequestError(f"Each customer id must be text or a number. Got a nested value instead; {SEND}.")
