"""Bodies of `POST /invocations` and `POST /customers:lookup` as nobody should send them, and what must come of them."""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

JSON, CSV = "application/json", "text/csv"
KNOWN = ("C000000", "C000001", "C004999")  # of benchmarks/soak.py's versions

ODD_TEXTS = st.sampled_from(
    ["", " ", "\x00", "nan", "NaN", "None", "null", "Infinity", "-0", "1e400", "0x10", "１２", "\ufeff", "\u202e", "😀",
     "a" * 100_000, '"', "'", "\\", "\n", "\r\n", ",", ";", "[]", "{}", '{"a": 1}', "[1]", "<script>", "../../etc",
     "%00", "'; drop table customers; --", "C000000 ", "\tC000000\n", "C000000.0", "17850.000", "-1.0"]
)  # fmt: skip
NUMBERS = st.sampled_from(
    [0, -1, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**64), 10**30, 10**400, 1e22, 5e-324, 0.1, -0.0, 12346.0]
)
# What an id may be, if nobody may have it.
FINE = st.one_of(st.sampled_from(KNOWN), ODD_TEXTS, st.text(max_size=20), st.none(), st.integers(), NUMBERS)
ANY = st.one_of(
    FINE, st.booleans(), st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([1e400, -1e400]), st.just([]),
    st.just({}), st.just(["C000000"]), st.just({"a": 1}), st.just("\ud800"),
)  # fmt: skip
FORMS = (
    lambda ids: {"dataframe_split": {"columns": ["customer_id"], "data": [[id_] for id_ in ids]}},
    lambda ids: {"dataframe_split": {"columns": ["x", "customer_id"], "index": [0], "data": [[1, i] for i in ids]}},
    lambda ids: {"dataframe_records": [{"customer_id": id_} for id_ in ids]},
    lambda ids: {"inputs": ids},
    lambda ids: {"inputs": {"customer_id": ids}},
    lambda ids: {"instances": ids},
    lambda ids: {"instances": [{"customer_id": id_, "x": None} for id_ in ids]},
    lambda ids: {"ids": ids},
)
DETAILS = (
    {}, {}, {"params": {"detail": True}}, {"params": None}, {"params": []}, {"params": {"detail": 1}}, {"detail": True},
)  # fmt: skip
KINDS = (JSON, JSON, JSON, "application/json; charset=utf-8", CSV, "text/plain", "", None)
KEYS = (
    "inputs", "instances", "ids", "dataframe_split", "dataframe_records", "columns", "data", "params", "customer_id",
    "detail", "x",
)  # fmt: skip
NONSENSE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)


@dataclass(frozen=True)
class Case:
    """A request; `ids` where it is a list of ids as it should be, so that there must be one answer for each."""

    path: str
    kind: str | None
    body: bytes
    ids: list[Any] | None = None


def _dumped(value: Any) -> bytes:
    # As Python writes it: NaN and Infinity are no JSON, and lone surrogates are.
    return json.dumps(value).encode()


def _raw(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _csv(ids: list[Any]) -> bytes:
    return "\n".join(["customer_id", *map(str, ids)]).encode("utf-8", "surrogatepass")


def _quoted(ids: list[Any]) -> bytes:
    rows = ['"{}",x'.format(str(id_).replace('"', '""')) for id_ in ids]
    return "\r\n".join(["customer_id,y", *rows]).encode("utf-8", "surrogatepass")


def mutated(body: bytes, at: int) -> list[bytes]:
    """The same body, broken in the ways in which bodies break."""
    text = body.decode("utf-8", "replace")
    return [
        body[: at % (len(body) + 1)],
        body[at % (len(body) + 1) :],
        b"\xef\xbb\xbf" + body,
        text.encode("utf-16"),
        text.encode("latin-1", "replace"),
        body.replace(b'"', b"'"),
        body[:-1] + b"," + body[1:],  # keys twice, more often than not
        body + body,
        body[: at % (len(body) + 1)] + bytes([at % 256]) + body[at % (len(body) + 1) :],
        body.replace(b"null", b"NaN").replace(b"0", b"\x00"),
    ]


@st.composite
def cases(draw: st.DrawFn) -> list[Case]:
    """Cases of one idea: a body in a form of either server, and what becomes of it."""
    ids = draw(st.lists(FINE, min_size=1, max_size=20) | st.lists(ANY, max_size=20))
    if draw(st.integers(0, 3)):
        content = {**draw(st.sampled_from(FORMS))(ids), **draw(st.sampled_from(DETAILS))}
    else:
        content = draw(NONSENSE)
    kind = draw(st.sampled_from(KINDS))
    named = isinstance(content, dict) and "ids" in content
    path = "/customers:lookup" if named else "/invocations"
    at = draw(st.integers(0, 5_000))
    made = [Case(path, kind, body) for body in [_dumped(content), *mutated(_dumped(content), at)]]
    made.append(Case(path, JSON, _raw(content)))
    # The same ids as they should be sent: whatever they are, one answer for each or one sentence that refuses.
    for form, where in ((draw(st.sampled_from(FORMS[:-1])), "/invocations"), (FORMS[-1], "/customers:lookup")):
        made.append(Case(where, JSON, _dumped(form(ids)), ids))
    deep = draw(st.sampled_from([10, 500, 100_000]))
    made.append(Case(path, kind, b'{"inputs":' + b"[" * deep + b"1" + b"]" * deep + b"}"))
    made.append(Case(path, kind, b'{"inputs":' + b'{"customer_id":' * deep))
    plain, quoted = _csv(ids), _quoted(ids)
    rows = [plain, quoted, quoted[:-1], plain + b'\n"', b"\xef\xbb\xbf" + plain, b"x\n" + plain]
    return made + [Case("/invocations", CSV, body) for body in rows]
