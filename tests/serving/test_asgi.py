"""The production server without a socket: answers, refusals, keys, limits, metrics, log and swaps."""

import asyncio
import gc
import json
import os
import weakref
from functools import partial
from hashlib import sha256

import numpy as np
import orjson
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientela.errors import RegistryError
from clientela.lookup.ids import RequestError
from clientela.segmentation.version import open_lookup
from clientela.serving import keys as keys_module
from clientela.serving import schemas
from clientela.serving.asgi import App, SwapReporter
from clientela.serving.keys import Keys, make_key
from clientela.serving.limits import Rate
from clientela.serving.live import Follower
from clientela.serving.log import Log
from clientela.serving.metrics import Metrics
from clientela.serving.refusals import Refusal
from clientela.serving.routes import Routes
from clientela.serving.segments import describe_segments, open_segments

from ..segmentation.versions import write
from .pages import add_pages

KEY = "a-key-of-this-test"
JSON, CSV = "application/json", "text/csv"


class Answer:
    def __init__(self, messages):
        start, body = messages
        self.status = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        self.body = body["body"]

    @property
    def json(self):
        return orjson.loads(self.body)


class Client:
    """The application with a registry of folders, and a client of it."""

    def __init__(self, folders, tmp_path, *, keys=True, a_second=None, requests="all", **limits):
        self.folders, self.champion, self.log_file = folders, "1", tmp_path / "log"
        self.metrics = Metrics()
        self.descriptor = os.open(self.log_file, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        log = Log(requests, 0.0, descriptor=self.descriptor)
        self.now, self.opened, self.first_opens, self.latest_number = 0.0, [], 0, None
        self.follower = Follower(
            self.read_champion,
            self,
            poll_seconds=60,
            open_version=partial(open_segments, open_lookup),
            watcher=SwapReporter(self.metrics.segments, log),
            on_first_open=self.count_first_open,
            clock=lambda: self.now,
        )
        named = [("other", "0" * 64), ("crm", sha256(KEY.encode()).hexdigest())] if keys else []
        keys_of = Keys(named)
        routes = Routes(
            keys_of, self.metrics, model="customer-segments", ids_a_request=limits.get("ids", 1000),
            metrics_need_key=limits.get("metrics_need_key", True),
        )  # fmt: skip
        add_pages(routes, keys_of, lambda: self.follower.serving, docs_need_key=limits.get("docs_need_key", False))
        self.app = App(
            routes, self.follower, rate=Rate(a_second, keys_of.owners), metrics=self.metrics, log=log,
            body_bytes=limits.get("body_bytes", 1_000_000), body_seconds=limits.get("body_seconds", 5),
        )  # fmt: skip

    def read_champion(self):
        if isinstance(self.champion, Exception):
            raise self.champion
        return self.champion

    def count_first_open(self):
        self.first_opens += 1

    def files(self, number):
        self.opened.append(number)
        return self.folders[number]

    def latest(self):
        return self.latest_number

    def forget(self, number):
        self.opened.append(f"not {number}")

    def ask(self, method, path, body=b"", *, kind=None, receive=None, **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"x-api-key": KEY, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if kind:
            headers["content-type"] = kind
        sent = []

        async def give():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http", "method": method, "path": path,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items() if value is not None],
        }  # fmt: skip
        asyncio.run(self.app(scope, receive or give, send))
        return Answer(sent) if sent else None

    def post(self, body, *, kind=JSON, path="/invocations", **headers):
        return self.ask("POST", path, body, kind=kind, **headers)

    @property
    def lines(self):
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]


@pytest.fixture
def make_client(files, tmp_path, monkeypatch):
    # Each worker's own figures: this process is one.
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    made = []

    def make(**options):
        client = Client({"1": files["index"].parent}, tmp_path, **options)
        client.follower.check()
        made.append(client)
        return client

    yield make
    for client in made:
        os.close(client.descriptor)


@pytest.fixture
def client(make_client):
    return make_client()


IDS = ["José", "nobody", "12346", None, 12346, 12346.0, " 012346.0 "]
FORMS = {
    "split": lambda ids: {"dataframe_split": {"columns": ["customer_id"], "data": [[id_] for id_ in ids]}},
    "split of two": lambda ids: {
        "dataframe_split": {"columns": ["x", "customer_id"], "data": [[1, id_] for id_ in ids]}
    },
    "records": lambda ids: {"dataframe_records": [{"customer_id": id_, "x": 1} for id_ in ids]},
    "inputs": lambda ids: {"inputs": ids},
    "inputs of a column": lambda ids: {"inputs": {"customer_id": ids}},
    "inputs of records": lambda ids: {"inputs": [{"customer_id": id_} for id_ in ids]},
    "instances": lambda ids: {"instances": ids},
    "instances of records": lambda ids: {"instances": [{"customer_id": id_} for id_ in ids]},
}
each_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


class TestInvocations:
    @each_form
    @pytest.mark.parametrize("detail", [True, False])
    def test_every_form_gets_the_pyfuncs_answer(self, client, lookup, form, detail):
        frame = pd.DataFrame({"customer_id": pd.Series(IDS, dtype=object)})
        answer = client.post({**form(IDS), "params": {"detail": detail}})
        assert answer.status == 200
        assert answer.json == {"predictions": lookup.predict(None, frame, {"detail": detail})}

    @given(
        ids=st.lists(
            st.one_of(
                st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
                st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["12346", "José", "{a:1}", "[1]"]),
                st.just([]), st.just({"a": 1}),
            ),
            max_size=30,
        ),
        detail=st.booleans(),
    )  # fmt: skip
    def test_random_requests_get_the_pyfuncs_answer(self, shared, lookup_of_all, ids, detail):
        answer = shared.post({**FORMS["split"](ids), "params": {"detail": detail}})
        column = np.empty(len(ids), object)
        column[:] = ids
        try:
            predictions = lookup_of_all.predict(None, pd.DataFrame({"customer_id": column}), {"detail": detail})
            expected = 200, {"predictions": predictions}
        except RequestError as error:
            expected = 400, {"error_code": "INVALID_PARAMETER_VALUE", "message": error.sentence}
        assert (answer.status, answer.json) == expected

    @given(st.binary(max_size=60), st.sampled_from([JSON, CSV]))
    def test_no_body_causes_an_internal_error(self, shared, body, kind):
        assert shared.post(body, kind=kind).status in (200, 400)

    def test_csv_is_read_as_pandas_reads_it(self, client):
        answer = client.post('x,customer_id\n1,12346.0\n\n2,"José"\n3,NA\n4\n'.encode(), kind="text/csv; charset=utf-8")
        assert [row["customer_id"] for row in answer.json["predictions"]] == ["12346", "José", None, None]

    @pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"], ids=["plain", "byte order mark"])
    def test_csv_of_excel_is_read(self, client, start):
        answer = client.post(start + b"customer_id\r\n12346\r\n", kind=CSV)
        assert (answer.status, answer.json["predictions"][0]["segment"]) == (200, "Champions")

    @pytest.mark.parametrize("number", [2**63, 2**64 + 1, 10**30, -(2**70) - 1])
    def test_whole_numbers_stay_exact(self, client, number):
        (answer,) = client.post({"inputs": [number]}).json["predictions"]
        assert answer == {"customer_id": str(number), "segment": None}

    @pytest.mark.parametrize(
        ("body", "says"),
        [
            ({"inputs": []}, "is empty"),
            ({"inputs": None}, "no customer ids"),
            ({"inputs": {}}, "no customer ids"),
            ({"dataframe_records": []}, "no customer ids"),
            ({"dataframe_records": ["1"]}, "must be a JSON object with a customer_id"),
            ({"dataframe_records": [{"id": "1"}]}, "column named customer_id"),
            (FORMS["split"]([True]), "text or a number. Got bool"),
            (FORMS["split"]([{"a": 1}]), "text or a number. Got dict"),
            ({"dataframe_split": {"columns": ["customer_id"], "data": [["1", "2"]]}}, "1 columns"),
            ({"dataframe_split": {"columns": ["customer_id"], "data": [5]}}, "one value per column"),
            ({"dataframe_split": {"columns": ["customer_id", "x"], "data": [["1"]]}}, "2 columns"),
            ({"dataframe_split": []}, "no customer ids"),
            ({}, "exactly one of the keys dataframe_split"),
            ([], "exactly one of the keys"),
            ({"inputs": ["1"], "instances": ["1"]}, "exactly one of the keys"),
            ({"inputs": ["1"], "params": {"detail": "yes"}}, "detail parameter must be true or false. Got str"),
            ({"inputs": ["1"], "params": []}, "params must be a JSON object. Got list"),
            ({"inputs": ["1"] * 1001}, "at most 1,000 customer ids. Got 1,001"),
            (b'{"inputs": [NaN]}', "valid JSON"),
            (b'{"inputs": ["\\ud800"]}', "valid JSON"),
            (b"[" * 100_000, "valid JSON"),
            (b'{"inputs": [' + b"9" * 5000 + b"]}", "JSON"),
            (b"\xff", "valid JSON"),
            (b"", "valid JSON"),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_an_invalid_body_is_refused_with_a_message(self, client, body, says):
        answer = client.post(body)
        assert answer.status == 400
        assert answer.json["error_code"] == "INVALID_PARAMETER_VALUE"
        assert says in answer.json["message"]

    @pytest.mark.parametrize("body", [b"", b"id\n1\n", b"customer_id\n1,2\n", b"\xff\xfe", b"customer_id\n"])
    def test_an_invalid_csv_is_refused(self, client, body):
        assert client.post(body, kind=CSV).status == 400

    @pytest.mark.parametrize("kind", [None, "text/plain", "application/vnd.apache.parquet"])
    def test_another_content_type_is_refused(self, client, kind):
        answer = client.post({"inputs": ["1"]}, kind=kind)
        assert (answer.status, answer.json["error_code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.fixture(scope="session")
def shared(files, tmp_path_factory):
    client = Client({"1": files["index"].parent}, tmp_path_factory.mktemp("shared"), requests="errors")
    client.follower.check()
    yield client
    os.close(client.descriptor)


@pytest.fixture(scope="session")
def lookup_of_all(shared):
    return shared.follower.serving.lookup


class TestRoutes:
    def test_one_customer(self, client):
        answer = client.ask("GET", "/customers/José")
        assert (answer.status, answer.json["segment"]) == (200, "Lost")
        assert answer.json["detail"]["as_of"] == "2024-01-31"

    def test_the_refusal_of_an_unknown_customer_does_not_repeat_the_id(self, client):
        answer = client.ask("GET", "/customers/nobody-i-know")
        assert (answer.status, answer.json["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
        assert "nobody-i-know" not in answer.body.decode()

    def test_plain_lookup(self, client):
        answer = client.post({"ids": ["12346", "nobody"]}, path="/customers:lookup")
        assert answer.json == {
            "version": "1",
            "customers": [
                {"customer_id": "12346", "segment": "Champions"},
                {"customer_id": "nobody", "segment": None},
            ],
        }
        assert (
            "detail" in client.post({"ids": ["12346"], "detail": True}, path="/customers:lookup").json["customers"][0]
        )

    @pytest.mark.parametrize(
        "body", [[], {}, {"ids": "1"}, {"ids": []}, {"ids": ["1"], "x": 1}, {"ids": ["1"], "detail": 1}]
    )
    def test_an_invalid_lookup_is_refused(self, client, body):
        assert client.post(body, path="/customers:lookup").status == 400

    def test_segments_and_version(self, client):
        segments = client.ask("GET", "/segments").json["segments"]
        assert [(s["id"], s["customers"], s["share"]) for s in segments] == [(1, 1, 0.2), (2, 2, 0.4), (3, 2, 0.4)]
        version = client.ask("GET", "/version").json
        assert version.pop("loaded_at")
        assert version == {"model": "customer-segments", "version": "1", "as_of": "2024-01-31", "customers": 5}

    def test_a_segment_below_the_smallest_group_has_no_size_and_the_others_do_not_tell_it(self, client):
        segments = describe_segments(client.follower.serving, smallest_group=2)["segments"]
        assert [(s["customers"], s["share"]) for s in segments] == [(None, None), (2, None), (2, None)]

    def test_health_and_readiness_need_no_key(self, client):
        client.follower.serving = None
        assert client.ask("GET", "/health", x_api_key=None).status == 200
        assert client.ask("GET", "/ready", x_api_key=None).status == 503
        assert client.post({"inputs": ["1"]}).status == 503
        client.follower.check()
        assert client.ask("GET", "/ready", x_api_key=None).status == 200

    def test_unknown_paths_and_wrong_methods_are_refused(self, client):
        assert client.ask("GET", "/nothing").status == 404
        answer = client.ask("GET", "/invocations")
        assert (answer.status, answer.headers["allow"]) == (405, "POST")
        assert client.ask("HEAD", "/segments").body == b""

    @pytest.mark.parametrize(
        ("method", "path", "body", "model"),
        [
            ("POST", "/invocations", {"inputs": ["12346", "nobody"]}, schemas.Predictions),
            ("POST", "/invocations", {"inputs": ["José", "nobody"], "params": {"detail": True}}, schemas.Predictions),
            ("POST", "/customers:lookup", {"ids": ["12346", "nobody"], "detail": True}, schemas.Customers),
            ("GET", "/customers/012346", None, schemas.Answer),
            ("GET", "/customers/nobody", None, schemas.Error),
            ("GET", "/segments", None, schemas.Segments),
            ("GET", "/version", None, schemas.Version),
            ("GET", "/health", None, schemas.Status),
            ("GET", "/ready", None, schemas.Status),
        ],
    )
    def test_answers_have_the_fields_of_their_models(self, client, method, path, body, model):
        answer = client.post(body, path=path) if method == "POST" else client.ask(method, path)
        described = model.model_validate_json(answer.body).model_dump(mode="json", exclude_unset=True)
        if model is schemas.Version:
            described["loaded_at"] = described["loaded_at"].replace("Z", "+00:00")
        assert described == answer.json

    def test_the_document_and_the_page_name_every_route(self, client):
        schema = client.ask("GET", "/openapi.json").json
        page = client.ask("GET", "/docs").body.decode()
        assert set(schema["paths"]) == set(client.app._routes._table) | {"/customers/{id}"}
        assert all(path in page for path in schema["paths"])
        assert "src=" not in page
        assert "http" not in page


class TestKeys:
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"x_api_key": None}, 401),
            ({"x_api_key": ""}, 401),
            ({"x_api_key": "wrong"}, 403),
            ({"x_api_key": "é"}, 403),
            ({"x_api_key": None, "authorization": f"Bearer {KEY}"}, 200),
            ({"x_api_key": None, "authorization": f"bearer  {KEY} "}, 200),
            ({"x_api_key": None, "authorization": f"Basic {KEY}"}, 401),
            ({"authorization": "Bearer wrong"}, 403),
            ({}, 200),
        ],
    )  # fmt: skip
    def test_keys_are_checked(self, client, headers, status):
        assert client.ask("GET", "/segments", **headers).status == status

    def test_metrics_and_docs_need_a_key_only_where_the_settings_say_so(self, client, make_client):
        def statuses(of):
            return [of.ask("GET", path, x_api_key=None).status for path in ("/metrics", "/docs", "/openapi.json")]

        assert statuses(client) == [401, 200, 200]
        assert statuses(make_client(metrics_need_key=False, docs_need_key=True)) == [200, 401, 401]

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/invocations"), ("POST", "/customers:lookup"), ("GET", "/customers/12346"), ("GET", "/segments"),
            ("GET", "/version"),
        ],
    )  # fmt: skip
    def test_customers_and_segments_need_a_key(self, client, method, path):
        assert client.ask(method, path, {"ids": ["12346"]}, kind=JSON, x_api_key=None).status == 401

    def test_an_open_server_needs_no_key(self, make_client):
        assert make_client(keys=False).ask("GET", "/segments", x_api_key=None).status == 200

    def test_a_new_key_is_accepted(self, capsys):
        key, digest = make_key()
        assert Keys([("new", digest)]).owner({b"x-api-key": key.encode()}) == "new"
        assert keys_module.main(["crm"]) == 0
        printed = capsys.readouterr().out
        assert "{name: crm, sha256: " in printed
        assert keys_module.main([]) == keys_module.main(["--help"]) == 2


class TestLimits:
    def test_requests_above_the_rate_limit_are_refused(self):
        now = [0.0]
        rate = Rate(2, ["a", "b"], clock=lambda: now[0])
        rate.take("a"), rate.take("a"), rate.take("b")
        with pytest.raises(Refusal) as caught:
            rate.take("a")
        assert (caught.value.status, caught.value.headers) == (429, [(b"retry-after", b"1")])
        now[0] = 0.5
        rate.take("a")
        with pytest.raises(Refusal):
            rate.take("a")

    def test_retry_after_holds_the_seconds_to_wait(self):
        rate = Rate(0.1, ["a"], clock=lambda: 0.0)
        rate.take("a")
        with pytest.raises(Refusal) as caught:
            rate.take("a")
        assert caught.value.headers == [(b"retry-after", b"10")]

    def test_forked_workers_share_the_rate_limit(self):
        rate = Rate(3, ["a"], clock=lambda: 0.0)
        for _ in range(3):
            child = os.fork()
            if child == 0:
                rate.take("a")
                os._exit(0)
            os.waitpid(child, 0)
        with pytest.raises(Refusal):
            rate.take("a")

    @pytest.mark.parametrize("path", ["/invocations", "/nowhere"])
    def test_the_body_of_a_refused_request_is_read(self, client, path):
        pieces = [b"x" * 10] * 3

        async def receive():
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        answer = client.ask("POST", path, kind=JSON, receive=receive, x_api_key="wrong", content_length="30")
        assert answer.status in (403, 404)
        assert not pieces

    def test_details_have_a_limit_of_their_own(self, make_client):
        client = make_client(ids=20_000)
        with_details = {"inputs": ["José"] * 10_001, "params": {"detail": True}}
        assert client.post({"inputs": ["José"] * 10_001}).status == 200
        answer = client.post(with_details)
        assert answer.status == 400
        assert "at most 10,000 customer ids. Got 10,001" in answer.json["message"]

    @pytest.mark.parametrize("headers", [{}, {"content_length": "101"}, {"content_length": "9" * 5000}])
    def test_a_body_that_is_too_large_is_refused(self, make_client, headers):
        answer = make_client(body_bytes=100).post(b"x" * 101, **headers)
        assert (answer.status, answer.json["error_code"]) == (413, "REQUEST_TOO_LARGE")

    def test_ids_and_bytes_at_the_limits_are_accepted(self, make_client):
        body = b'{"inputs": ["12346", "1"]}'
        client = make_client(ids=2, body_bytes=len(body))
        assert client.post(body).status == 200
        assert client.post(body, content_length=str(len(body))).status == 200
        assert client.post(body + b" ").status == 413
        assert client.post(b'{"inputs":["1","2","3"]}').status == 400
        assert client.post(b'{"ids": ["1", "2"]}', path="/customers:lookup").status == 200

    def test_details_at_the_limit_are_accepted(self, make_client):
        body = {"inputs": ["José"] * 10_000, "params": {"detail": True}}
        assert make_client(ids=20_000).post(body).status == 200

    @pytest.mark.parametrize("length", ["+5", "1_0", "-1", "ten", "", " 5", "0x10"])
    def test_an_invalid_content_length_is_refused(self, client, length):
        answer = client.post({"inputs": ["12346"]}, content_length=length)
        assert (answer.status, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert "Content-Length must be digits" in answer.json["message"]

    def test_a_body_in_several_messages_is_joined(self, make_client):
        client = make_client(body_bytes=100)
        pieces = [b'{"inputs": ["12', b'346"]}']

        async def receive():
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        assert client.ask("POST", "/invocations", kind=JSON, receive=receive).status == 200
        pieces[:] = [b"x" * 60] * 3
        assert client.ask("POST", "/invocations", kind=JSON, receive=receive).status == 413

    def test_a_body_that_does_not_arrive_is_refused(self, make_client):
        async def receive():
            await asyncio.sleep(5)

        answer = make_client(body_seconds=0.05).ask("POST", "/invocations", kind=JSON, receive=receive)
        assert answer.status == 408

    def test_a_disconnected_client_gets_no_answer(self, client):
        async def receive():
            return {"type": "http.disconnect"}

        assert client.ask("POST", "/invocations", kind=JSON, receive=receive) is None
        assert client.lines[-1]["status"] == 499


class TestLogAndMetrics:
    def test_the_log_has_one_line_per_request_without_customer_ids(self, client):
        answer = client.post({"inputs": ["12346", "secret-id"]}, x_request_id="abc-1")
        client.ask("GET", "/customers/secret-id", x_request_id="bad id\n")
        assert answer.headers["x-request-id"] == "abc-1"
        _, first, second = client.lines
        assert first.pop("time")
        assert first.pop("ms") > 0
        assert first == {
            "event": "request", "request_id": "abc-1", "method": "POST", "route": "/invocations", "status": 200,
            "ids": 2, "unknown": 1, "key": "crm", "version": "1",
        }  # fmt: skip
        assert (second["route"], second["status"], len(second["request_id"])) == ("/customers/{id}", 404, 16)
        assert "secret-id" not in client.log_file.read_text()

    def test_the_log_of_errors_leaves_out_other_requests(self, make_client):
        client = make_client(requests="errors", a_second=1)
        client.post({"inputs": ["12346"]})
        client.post({"inputs": ["12346"]})
        assert [line.get("status") for line in client.lines] == [None, 429]

    def test_an_unexpected_error_is_500_without_a_stack_trace(self, client, monkeypatch):
        def fail(*_):
            raise KeyError("secret-id")

        monkeypatch.setattr(client.follower.serving.lookup, "find", fail)
        answer = client.post({"inputs": ["1"]})
        assert (answer.status, answer.json["error_code"]) == (500, "INTERNAL_ERROR")
        assert "KeyError at test_asgi.py" in client.lines[-1]["error"]
        assert "secret-id" not in client.log_file.read_text() + answer.body.decode()

    def test_the_metrics_count_requests_and_ids(self, client):
        client.post({"inputs": ["12346", "nobody"]})
        client.ask("GET", "/made-up-1")
        text = client.ask("GET", "/metrics").body.decode()
        for line in (
            'clientela_requests_total{route="/invocations",status="200"} 1.0',
            'clientela_requests_total{route="/other",status="404"} 1.0',
            "clientela_ids_a_request_sum 2.0",
            "clientela_unknown_ids_total 1.0",
            "clientela_ids_a_request_count 1.0",
            "clientela_model_version_max 1.0",
            "clientela_swap_failed 0.0",
            "clientela_as_of_age_days ",
        ):
            assert line in text
        assert "made-up" not in text


class TestSwap:
    def test_the_new_champion_answers_and_the_old_version_is_released(self, client, tmp_path):
        (tmp_path / "2").mkdir()
        frame = client.follower.serving.lookup.index.customers.to_pandas().assign(segment_id=1)
        write(tmp_path / "2", customers=frame)
        client.folders["2"], client.champion = tmp_path / "2", "2"
        old = weakref.ref(client.follower.serving)
        assert client.post({"inputs": ["José"]}).json["predictions"][0]["segment"] == "Lost"
        client.follower.check()
        assert client.post({"inputs": ["José"]}).json["predictions"][0]["segment"] == "Champions"
        gc.collect()
        assert old() is None

    def test_only_the_first_version_calls_on_first_open(self, client, tmp_path):
        assert client.first_opens == 1
        (tmp_path / "2").mkdir()
        write(tmp_path / "2")
        client.folders["2"], client.champion = tmp_path / "2", "2"
        client.follower.check()
        assert (client.follower.serving.number, client.first_opens) == ("2", 1)

    @pytest.mark.parametrize("spoil", ["customers.arrow", "index.arrow", "segments.json"])
    def test_a_version_that_does_not_open_leaves_the_old_one(self, client, tmp_path, spoil):
        (tmp_path / "2").mkdir()
        write(tmp_path / "2")
        (tmp_path / "2" / spoil).write_bytes(b"{}")
        client.folders["2"], client.champion = tmp_path / "2", "2"
        client.follower.check()
        assert client.post({"inputs": ["José"]}).json["predictions"][0]["segment"] == "Lost"
        alert = next(line for line in client.lines if line["event"] == "swap_failed")
        assert (alert["level"], alert["version"]) == ("alert", "2")
        text = client.ask("GET", "/metrics").body.decode()
        assert "clientela_swap_failed 1.0" in text
        assert "clientela_swap_failures_total 1.0" in text
        client.champion = "1"
        client.follower.check()
        assert "clientela_swap_failed 0.0" in client.ask("GET", "/metrics").body.decode()

    def test_a_version_that_does_not_open_is_retried_after_growing_pauses(self, client, tmp_path):
        client.champion = "7"
        for second in range(0, 601, 10):
            client.now = float(second)
            client.follower.check()
        tries = client.opened.count("7")
        assert tries == 4  # at 0, 60, 180 and 420 s
        assert client.opened.count("not 7") == tries
        (tmp_path / "8").mkdir()
        write(tmp_path / "8")
        client.folders["8"], client.champion = tmp_path / "8", "8"
        client.follower.check()
        assert client.follower.serving.number == "8"

    @pytest.mark.parametrize("gone", [None, "7"])
    def test_without_a_champion_the_old_version_still_answers(self, client, gone):
        client.champion = gone
        client.follower.check()
        assert client.post({"inputs": ["José"]}).status == 200

    @pytest.mark.parametrize("gone", [None, RegistryError("The registry does not answer.")])
    def test_a_worker_that_starts_without_a_champion_serves_the_latest_version(self, client, gone):
        client.follower.serving, client.champion = None, gone
        client.follower.check()
        assert client.post({"inputs": ["José"]}).status == 503
        client.latest_number = "1"
        client.follower.check()
        assert client.post({"inputs": ["José"]}).status == 200
        failed = f"clientela_swap_failed {0.0 if gone is None else 1.0}"
        assert failed in client.ask("GET", "/metrics").body.decode()

    def test_the_lifespan_of_a_worker_starts_and_stops_the_follower(self, client):
        client.follower.serving = None
        messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
        sent = []

        async def receive():
            return messages.pop(0)

        async def send(message):
            sent.append(message["type"])

        asyncio.run(client.app({"type": "lifespan"}, receive, send))
        assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
        assert client.follower.serving.number == "1"
