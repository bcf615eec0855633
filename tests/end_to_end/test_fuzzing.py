"""Nothing that is sent makes the server fail: generated bodies and generated requests of the OpenAPI document.

CLIENTELA_FUZZ multiplies the number of cases, for a longer look by hand.
"""

import asyncio
import http.client
import json
import math
import os
from collections import Counter

import pytest
import schemathesis
import soak
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import positive_data_acceptance

from clientela.lookup.ids import RequestError, canonical_id
from clientela.serving.app import build
from clientela.serving.asgi import App

from .bodies import ANY, Case, cases

pytestmark = pytest.mark.slow

TIMES = float(os.environ.get("CLIENTELA_FUZZ", "1"))
SEGMENT_OF = soak.make_version("1").customers.set_index("customer_id")["segment_id"].map(lambda i: soak.NAMES[i - 1])
SEGMENT_OF = SEGMENT_OF.to_dict()
REFUSED = {400, 413, 415}
# What a stack trace, or a message that was not made for the client, looks like.
LEAKS = ("Traceback", 'File "', "site-packages", ".py", "0x7f", "Error:")
FUZZ = {
    "database": None, "derandomize": TIMES == 1, "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}  # fmt: skip


def refuse(constant):
    raise AssertionError(f"{constant} is not JSON")


def check(case: Case, status: int, body: bytes) -> None:
    """What holds of every answer; the case is part of what a failure shows."""
    shown = f"{case.path} {case.kind} {case.body[:300]!r} -> {status} {body[:300]!r}"
    assert status == 200 or status in REFUSED, shown
    answer = json.loads(body, parse_constant=refuse)
    if status != 200:
        assert answer.keys() == {"error_code", "message"}, shown
        assert not [leak for leak in LEAKS if leak in answer["message"]], shown
        assert len(answer["message"]) < 500, shown
    rows = answer.get("predictions", answer.get("customers"))
    if case.ids is not None:
        expected = expected_of(case.ids)
        assert status == 200 or not all(is_fine(id_) for id_ in case.ids) or not case.ids, shown
        if status == 200:
            assert [(row["customer_id"], row["segment"]) for row in rows] == expected, shown
    for row in rows or []:
        assert row["segment"] == SEGMENT_OF.get(row["customer_id"]), shown


def expected_of(ids):
    """Id and segment of each, None if one of them must be refused."""
    try:
        canonical = [canonical_id(id_) for id_ in ids]
    except RequestError:
        return None
    return [(id_, SEGMENT_OF.get(id_)) for id_ in canonical]


def is_fine(id_):
    """Whether it is nobody's fault to ask for it; a text in brackets is taken for a nested value."""
    if isinstance(id_, str):
        return not id_.strip().startswith(("[", "{")) and id_ != "\ud800"
    return id_ is None or (type(id_) is int and abs(id_) < 1e308) or (isinstance(id_, float) and math.isfinite(id_))


@pytest.fixture(scope="module")
def app(small):
    """What gunicorn serves, started in this process without a socket."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
        app = build(small.folder / "conf")
        asyncio.run(live(app, "startup"))
        yield app
        asyncio.run(live(app, "shutdown"))


async def live(app: App, event: str) -> None:
    """Tell the application what a server tells it when it starts or ends, until it has done so."""
    done = asyncio.Event()
    waiting = [{"type": f"lifespan.{event}"}]

    async def receive():
        return waiting.pop() if waiting else await asyncio.Event().wait()

    async def send(message):
        assert message["type"] == f"lifespan.{event}.complete"
        done.set()

    living = asyncio.create_task(app({"type": "lifespan"}, receive, send))
    await asyncio.wait_for(done.wait(), 60)
    living.cancel()


def ask(app: App, case: Case, key: str, loop: asyncio.AbstractEventLoop, *, pieces: int) -> tuple[int, bytes]:
    """Status and body of the answer to a body that comes in so many pieces."""
    size = len(case.body) // pieces + 1
    waiting = [case.body[start : start + size] for start in range(0, len(case.body), size)] or [b""]
    sent = []

    async def receive():
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message):
        sent.append(message)

    headers = [(b"x-api-key", key.encode())] + (
        [(b"content-type", case.kind.encode())] if case.kind is not None else []
    )
    scope = {"type": "http", "method": "POST", "path": case.path, "headers": headers, "query_string": b""}
    loop.run_until_complete(app(scope, receive, send))
    start, body = sent
    return start["status"], body["body"]


def test_bodies(app, small):
    loop = asyncio.new_event_loop()
    count = answered = 0

    @settings(max_examples=int(500 * TIMES), **FUZZ)
    @given(made=cases())
    def every(made):
        nonlocal count, answered
        for number, case in enumerate(made):
            status, body = ask(app, case, small.key, loop, pieces=1 + number % 3)
            check(case, status, body)
            count += 1
            answered += status == 200

    every()
    loop.close()
    assert count >= 10_000 * TIMES
    # Not all of it is nonsense.
    assert answered >= count / 10


def test_bodies_over_the_wire(small):
    """Over sockets, some of them chunked; the worker's memory stays as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", small.port, timeout=600)
    worker, count, before = small.worker, 0, None

    @settings(max_examples=int(60 * TIMES), **FUZZ)
    @given(made=cases())
    def every(made):
        nonlocal count, before
        for number, case in enumerate(made):
            headers = {"X-API-Key": small.key} | ({"Content-Type": case.kind} if case.kind is not None else {})
            chunked = number % 3 == 0
            body = iter([case.body[:7], case.body[7:]] if case.body[7:] else [case.body]) if chunked else case.body
            connection.request("POST", case.path, body, headers, encode_chunked=chunked)
            answer = connection.getresponse()
            check(case, answer.status, answer.read())
            assert answer.headers["Content-Type"] == "application/json"
            count += 1
        if count >= 400 * TIMES and before is None:
            before = small.rss()

    every()
    connection.close()
    assert count >= 1_000 * TIMES
    assert small.worker == worker
    assert small.rss() - before < 8, "MB that the worker has more than after the first cases"


# Names of features, of an id, and others, with what they may be and what they may not.
NAMES = st.sampled_from(["days_since_last_purchase", "orders_lost_tv", "region", "customer_id", "x", ""])
FEATURE_ROWS = st.lists(st.dictionaries(NAMES, ANY, max_size=4), max_size=5)


def as_features(rows, form):
    if form != "dataframe_split":
        return {form: rows}
    columns = list({name: None for row in rows for name in row})
    return {form: {"columns": columns, "data": [[row.get(name) for name in columns] for row in rows]}}


def test_churn(app, small):
    """What is asked of segments, and rows of features, as nobody should send them."""
    loop = asyncio.new_event_loop()
    statuses = Counter()

    def send(kind, body):
        status, answer = ask(app, Case("/churn", kind, body), small.key, loop, pieces=1)
        shown = f"{kind} {body[:300]!r} -> {status} {answer[:300]!r}"
        assert status == 200 or status in REFUSED, shown
        parsed = json.loads(answer, parse_constant=refuse)
        if status != 200:
            assert parsed.keys() == {"error_code", "message"}, shown
            assert not [leak for leak in LEAKS if leak in parsed["message"]], shown
        for row in parsed.get("predictions", ()):
            assert row["probability"] is None or 0 < row["probability"] < 1, shown
        statuses[status] += 1

    @settings(max_examples=int(100 * TIMES), **FUZZ)
    @given(made=cases())
    def every(made):
        for case in made:
            send(case.kind, case.body)

    @settings(max_examples=int(400 * TIMES), **FUZZ)
    @given(rows=FEATURE_ROWS, form=st.sampled_from(["dataframe_records", "dataframe_split", "inputs", "instances"]))
    def every_row(rows, form):
        send("application/json", json.dumps(as_features(rows, form)).encode())

    every()
    every_row()
    loop.close()
    assert min(statuses[200], statuses[400]) >= 50 * TIMES, statuses


OPERATIONS = (
    "POST /invocations", "POST /customers:lookup", "GET /customers/{id}", "GET /segments", "GET /campaigns",
    "GET /version", "GET /health", "GET /ready", "GET /metrics", "POST /churn", "GET /customers/{id}/churn",
)  # fmt: skip
# Neither a body nor a key: nothing can be wrong with a request.
TAKES_NOTHING = ("GET /health", "GET /ready")
GOOD, BAD = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE


@pytest.fixture(scope="module")
def operations(small):
    """Operation by its label, of the document that the server itself gives."""
    document = schemathesis.openapi.from_url(
        f"http://127.0.0.1:{small.port}/openapi.json", headers={"X-API-Key": small.key}
    )
    return {operation.label: operation for operation in (found.ok() for found in document.get_all_operations())}


def test_the_operations_are_these(operations):
    assert sorted(operations) == sorted(OPERATIONS)


def beyond_a_schema(case):
    """What no JSON schema can say: a CSV's column, rows as wide as the columns, text that looks nested, features."""
    if case.path == "/churn":
        return True  # which features there are, each version decides
    split = case.body.get("dataframe_split") if isinstance(case.body, dict) else None
    if isinstance(split, dict) and isinstance(split.get("data"), list):
        widths = {len(row) for row in split["data"] if isinstance(row, list)}
        return widths != {len(split.get("columns") or [])}
    return case.media_type == "text/csv" or '"[' in json.dumps(case.body, default=str)


@pytest.mark.parametrize(
    ("label", "mode"),
    [(label, mode) for label in OPERATIONS for mode in (GOOD, BAD) if mode is GOOD or label not in TAKES_NOTHING],
)
def test_what_the_document_describes(operations, small, label, mode):
    """All checks of schemathesis: answers are as described, bad requests and missing keys are refused."""
    count = 0

    @settings(max_examples=int(60 * TIMES), **FUZZ)
    @given(case=operations[label].as_strategy(generation_mode=mode))
    def every(case):
        nonlocal count
        unsaid = [positive_data_acceptance] if beyond_a_schema(case) else []
        case.call_and_validate(headers={"X-API-Key": small.key}, excluded_checks=unsaid)
        count += 1

    every()
    assert count
