"""Cases of `POST /invocations`, which both servers answer in the same way."""

import io
from collections.abc import Iterator
from typing import Any

from clientela.serving.trial.checks import Case, Check, details, only_status, post, refusal, segments

ROUTE = "/invocations"
NOBODY = "no-such-customer"
INVALID = "INVALID_PARAMETER_VALUE"
CSV, PARQUET = "text/csv", "application/vnd.apache.parquet"
NO_KNOWN = "no known customer was found; name one with --id"
MANY = 1_000


def split(*ids: Any) -> dict[str, Any]:
    """The body with these ids as `dataframe_split`."""
    return {"dataframe_split": {"columns": ["customer_id"], "data": [[id_] for id_ in ids]}}


FORMS = {
    "dataframe_split": lambda ids: split(*ids),
    "dataframe_records": lambda ids: {"dataframe_records": [{"customer_id": id_} for id_ in ids]},
    "inputs": lambda ids: {"inputs": ids},
    "inputs, a column": lambda ids: {"inputs": {"customer_id": ids}},
    "inputs, records": lambda ids: {"inputs": [{"customer_id": id_} for id_ in ids]},
    "instances": lambda ids: {"instances": ids},
    "instances, records": lambda ids: {"instances": [{"customer_id": id_} for id_ in ids]},
    "another column besides the ids": lambda ids: {
        "dataframe_split": {"columns": ["country", "customer_id"], "data": [["BR", id_] for id_ in ids]}
    },
}


def answered(known: dict[str, str], *, limit: int) -> Iterator[Case]:
    """Requests that are answered.

    Args:
        known: known customer -> segment; may be empty.
        limit: maximum number of ids per request.
    """
    asked = [*list(known)[:1], NOBODY]
    right = [(id_, known.get(id_)) for id_ in asked]
    for name, form in FORMS.items():
        yield post(ROUTE, name, form(asked), segments("predictions", right))
    yield post(ROUTE, "CSV", "\n".join(["customer_id", *asked, ""]).encode(), segments("predictions", right), kind=CSV)
    mixed = [NOBODY, *known, NOBODY, *reversed(known)]
    yield post(
        ROUTE, "order, duplicates, unknown ids", split(*mixed),
        segments("predictions", [(id_, known.get(id_)) for id_ in mixed]),
    )  # fmt: skip
    many = [f"{NOBODY}-{i}" if i % 2 else asked[0] for i in range(min(MANY, limit))]
    yield post(
        ROUTE, f"{len(many):,} ids in one request", {"inputs": many},
        segments("predictions", [(id_, known.get(id_)) for id_ in many]),
    )  # fmt: skip
    yield post(
        ROUTE, "details", {**split(*asked), "params": {"detail": True}}, details("predictions", right),
        why_not="" if known else NO_KNOWN,
    )  # fmt: skip
    number = next((id_ for id_ in known if id_.isdigit() and id_[0] != "0" and len(id_) < 16), None)
    alike = [number, int(number), float(number), f"{number}.0", f"0{number}", None] if number else []
    expected = [*[(number, known[number])] * 4, (f"0{number}", known.get(f"0{number}")), (None, None)] if number else []
    yield post(
        ROUTE, "an id as text, integer, float; null", split(*alike), segments("predictions", expected),
        why_not="" if number else "no known customer has a number as id; name one with --id",
    )  # fmt: skip


def refused(*, limit: int) -> Iterator[Case]:
    """Requests that break a rule of the model; both servers refuse them with the same message."""
    wrong: dict[str, tuple[Any, str]] = {
        "no ids": ({"inputs": []}, "is empty"),
        "no column customer_id": (
            {"dataframe_split": {"columns": ["id"], "data": [["1"]]}},
            "column named customer_id",
        ),
        "an id that is an object": (split({"a": 1}), "text or a number"),
        "an id that is true": (split(True), "text or a number"),
        "more ids than a request takes": ({"inputs": ["1"] * (limit + 1)}, f"Got {limit + 1:,}"),
        "a detail that is not true or false": ({**split("1"), "params": {"detail": "maybe"}}, "detail"),
    }
    for name, (request, says) in wrong.items():
        yield post(
            ROUTE,
            name,
            request,
            refusal(400, INVALID, says) if name != "a detail that is not true or false" else _says(says),
        )
    yield post(ROUTE, "CSV without customer_id", b"id\n1\n", refusal(400, INVALID, "customer_id"), kind=CSV)


def parquet(known: dict[str, str]) -> Case:
    """A request in Parquet, which only MLflow's server accepts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    asked = [*list(known)[:1], NOBODY]
    file = io.BytesIO()
    pq.write_table(pa.table({"customer_id": pa.array(asked, pa.string())}), file)
    check = segments("predictions", [(id_, known.get(id_)) for id_ in asked])
    return post(ROUTE, "Parquet", file.getvalue(), check, kind=PARQUET)


def broken(check: Check) -> Iterator[Case]:
    """Bodies that cannot be read."""
    bodies = {
        "broken JSON": b'{"inputs": ', "an empty body": b"", "bytes that are not text": b"\xff\xfe", "a list": b"[]",
        "none of the four forms": b"{}",
    }  # fmt: skip
    for name, body in bodies.items():
        yield post(ROUTE, name, body, check)


def mlflow_cases(known: dict[str, str], *, limit: int) -> Iterator[Case]:
    """All cases of `mlflow models serve`; requests that do not reach the model get MLflow's own messages."""
    yield Case("GET", "/ping", "alive", only_status(200))
    yield Case("GET", "/health", "alive", only_status(200))
    yield Case("GET", "/version", "MLflow's version", only_status(200))
    yield from answered(known, limit=limit)
    yield parquet(known)
    yield from refused(limit=limit)
    yield from broken(only_status(400))
    yield post(ROUTE, "another content type", b"1", only_status(415), kind="text/plain")
    yield Case("GET", ROUTE, "another method", only_status(405))
    yield Case("GET", "", "an unknown path", only_status(404), path="/no-such-address")


def _says(words: str) -> Check:
    # MLflow checks the type of params before it calls the model, with its own message.
    def check(answer: Any) -> None:
        only_status(400)(answer)
        if words not in answer.text:
            refusal(400, INVALID, words)(answer)

    return check
