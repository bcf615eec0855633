"""Churn on the production server without a socket: its addresses, beside the segments', and its swaps."""

import asyncio
import json
import os
import re
from functools import partial

import pandas as pd
import pytest

from clientela.churn.version import open_lookup as open_churn_lookup
from clientela.lookup.ids import RequestError
from clientela.segmentation.version import open_lookup
from clientela.serving.asgi import App, SwapReporter
from clientela.serving.churn import features_of, open_churn
from clientela.serving.keys import Keys
from clientela.serving.limits import Rate
from clientela.serving.live import Follower, Followers
from clientela.serving.log import Log
from clientela.serving.metrics import Metrics
from clientela.serving.openapi import make_schema
from clientela.serving.request import Request
from clientela.serving.routes import Routes, _is_churn_of_one
from clientela.serving.schemas import ChurnPredictions
from clientela.serving.segments import open_segments

from ..churn import versions as churn
from ..segmentation.versions import write

JSON = "application/json"


class One:
    """The files of every version: the same folder."""

    def __init__(self, folder):
        self.folder = folder

    def files(self, number):
        return self.folder

    def latest(self):
        return None

    def forget(self, number):
        pass


class Client:
    """The application with one version of segments and one of churn."""

    def __init__(self, tmp_path, *, keys=()):
        segments, self.folder = tmp_path / "segments", tmp_path / "churn"
        for folder in (segments, self.folder):
            folder.mkdir()
        write(segments)
        churn.write(self.folder)
        self.champion, self.log_file = "7", tmp_path / "log"
        self.descriptor = os.open(self.log_file, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        self.metrics, log = Metrics(churn=True), Log("all", 0.0, descriptor=self.descriptor)
        first = Follower(
            lambda: "1", One(segments), poll_seconds=60, watcher=SwapReporter(self.metrics.segments, log),
            open_version=partial(open_segments, open_lookup),
        )  # fmt: skip
        self.other = Follower(
            lambda: self.champion, One(self.folder), poll_seconds=60,
            watcher=SwapReporter(self.metrics.churn, log, "churn_"),
            open_version=partial(open_churn, open_churn_lookup),
        )  # fmt: skip
        routes = Routes(
            Keys(keys), self.metrics, model="customer-segments", ids_a_request=5, metrics_need_key=False,
            churn=lambda: self.other.serving,
        )  # fmt: skip
        first.check()
        self.app = App(
            routes, Followers(first, self.other), rate=Rate(None, []), metrics=self.metrics, log=log,
            body_bytes=1_000_000, body_seconds=5,
        )  # fmt: skip

    def __call__(self, method, path, body=None, kind=JSON):
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        headers = [(b"content-type", kind.encode()), (b"content-length", str(len(data)).encode())]
        sent = []

        async def receive():
            return {"type": "http.request", "body": data, "more_body": False}

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "headers": headers}
        asyncio.run(self.app(scope, receive, send))
        return sent[0]["status"], json.loads(sent[1]["body"])

    def lines(self):
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]


@pytest.fixture
def client(tmp_path, monkeypatch):
    # Each worker's own figures: this process is one.
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    client = Client(tmp_path)
    client.other.check()
    yield client
    os.close(client.descriptor)


@pytest.mark.parametrize(
    "body",
    [
        {"inputs": ["CS5295"]},
        {"inputs": {"customer_id": ["CS5295"]}},
        {"instances": [{"customer_id": "CS5295"}]},
        {"dataframe_split": {"columns": ["customer_id"], "data": [["CS5295"]]}},
        {"dataframe_records": [{"customer_id": "CS5295"}]},
    ],
    ids=str,
)
def test_every_form_of_ids_gets_the_pyfuncs_answer(client, body):
    status, answer = client("POST", "/churn", body)
    assert status == 200
    lookup = client.other.serving.lookup
    ids, rows, _ = lookup.find(["CS5295"])
    assert answer["predictions"] == lookup.answers(ids, rows, detail=False)
    assert client("POST", "/churn", b"customer_id\nCS5295\n", "text/csv") == (200, answer)


@pytest.mark.parametrize("detail", [False, True])
def test_answers_have_the_fields_of_their_models(client, detail):
    body = {"inputs": ["CS5295", "nobody"], "params": {"detail": detail}}
    _, answer = client("POST", "/churn", body)
    assert ChurnPredictions.model_validate(answer).model_dump(mode="json", exclude_unset=True) == answer


def test_raw_features_of_new_customers_get_a_prediction(client):
    records = [{"days_since_last_purchase": 99, "region": "south"}, {"days_since_last_purchase": 1}]
    status, answer = client("POST", "/churn", {"dataframe_records": records, "params": {"detail": True}})
    assert status == 200
    late, early = answer["predictions"]
    assert late["probability"] > early["probability"]
    assert late["detail"]["figures"]["region"] == "south"
    split = {"columns": list(records[0]), "data": [list(records[0].values())]}
    (again,) = client("POST", "/churn", {"dataframe_split": split})[1]["predictions"]
    assert again["probability"] == late["probability"]


def test_unknown_features_are_dropped(client):
    records = [{"age": 1, f"x{row}": row} for row in range(20)] + [{"region": "south"}]
    lookup = client.other.serving.lookup
    with pytest.raises(RequestError, match="at most 20 rows of features. Got 21"):
        features_of(json.dumps({"dataframe_records": records}).encode(), JSON.encode(), lookup)
    rows, _ = features_of(json.dumps({"dataframe_records": records[1:]}).encode(), JSON.encode(), lookup)
    assert list(rows) == ["region"]
    split = {"columns": [["nested"], "region", "x", "customer_id"], "data": [[1, "south", 2, "new"]]}
    rows, detail = features_of(json.dumps({"dataframe_split": split}).encode(), JSON.encode(), lookup)
    assert rows.to_dict("records") == [{"region": "south", "customer_id": "new"}]
    assert not detail


def test_one_customer_has_a_path_for_churn_and_one_for_segments(client):
    status, answer = client("GET", "/customers/CS5295/churn")
    assert (status, answer["customer_id"]) == (200, "CS5295")
    assert answer["detail"]["window_days"] == 90
    assert client("GET", "/customers/nobody/churn")[0] == 404
    assert client("GET", "/customers/CS5295")[1]["segment"] == "Loyal"
    assert client("GET", "/churn")[0] == 405


@pytest.mark.parametrize(
    "body, says",
    [
        ({"dataframe_records": [{"days_since_last_purchase": -1}]}, "must lie between 0 and 1e+15"),
        ({"dataframe_records": [{"days_since_last_purchase": 1}], "params": {"detail": "yes"}}, "detail parameter"),
        ({"inputs": ["a"] * 6}, "at most 5 customer ids. Got 6"),
        ({"inputs": []}, "list of customer ids is empty"),
        (b"{", "must be valid JSON"),
        ({"dataframe_records": [{"days_since_last_purchase": 1e39}]}, "Got 1e+39"),
        ({"dataframe_records": [{"region": "a"}] * 6}, "at most 5 rows of features. Got 6"),
        ({"dataframe_split": {"columns": ["region", "region"], "data": [["a", "b"]]}}, "given twice"),
        ({"dataframe_split": {"columns": ["region"], "data": [["a", "b"]]}}, "one value per column: 1 columns"),
        ({"dataframe_split": {"columns": ["region"], "data": []}}, "request is empty"),
        ({"dataframe_records": [{"region": "a"}], "inputs": ["a"]}, "exactly one of the keys"),
        ({"dataframe_records": [{"other": 1}]}, "no customer ids"),
    ],
    ids=str,
)
def test_invalid_requests_are_refused_with_a_message(client, body, says):
    status, answer = client("POST", "/churn", body)
    assert status == 400
    assert says in answer["message"]


def test_a_csv_of_features_is_refused(client):
    status, answer = client("POST", "/churn", b"customer_id,region\nCS5295,south\n", "text/csv")
    assert status == 400
    assert "must be sent as JSON" in answer["message"]


def test_a_csv_with_an_unreadable_first_line_is_refused(client):
    status, answer = client("POST", "/churn", b"[" * 99_000 + b"," + b"[" * 140_000, "text/csv")
    assert status == 400
    assert "cannot be read" in answer["message"]
    status, answer = client("POST", "/churn", b"\x00customer_id\n1\n", "text/csv")
    assert status == 400


def test_a_customer_may_have_the_id_churn(client):
    status, answer = client("GET", "/customers/churn")
    assert (status, answer["message"]) == (404, "Version 1 does not know a customer with this id.")
    status, answer = client("GET", "/customers/churn/churn")
    assert (status, answer["message"]) == (404, "Churn version 7 does not know a customer with this id.")


def test_a_slash_of_an_id_is_sent_encoded():
    def is_of_one(path: str, raw: bytes) -> bool:
        return _is_churn_of_one(Request("GET", path, {}, None, raw_path=raw))

    assert is_of_one("/customers/a/churn", b"/customers/a/churn")
    assert not is_of_one("/customers/a/churn", b"/customers/a%2Fchurn")
    assert is_of_one("/customers/a/churn/churn", b"/customers/a%2Fchurn/churn")


def test_without_a_churn_champion_segments_still_answer(tmp_path):
    client = Client(tmp_path)
    assert client("POST", "/churn", {"inputs": ["a"]})[0] == 503
    assert client("GET", "/customers/12346")[0] == 200
    assert client("GET", "/ready")[0] == 200


def test_a_failed_churn_swap_is_logged_and_leaves_the_old_version(client):
    client("POST", "/churn", {"inputs": ["CS5295", "nobody"]})
    line = client.lines()[-1]
    assert (line["route"], line["version"], line["ids"], line["unknown"]) == ("/churn", "7", 2, 1)
    (client.folder / "churn.json").unlink()
    client.champion = "8"
    client.other.check()
    assert client.lines()[-1]["event"] == "churn_swap_failed"
    assert client("GET", "/customers/CS5295/churn")[0] == 200


def test_the_metrics_cover_churn_and_segments(client):
    client("POST", "/churn", {"inputs": ["CS5295", "12346", "nobody"]})
    client("GET", "/customers/CS5295/churn")
    client("POST", "/churn", {"dataframe_records": [{"days_since_last_purchase": 1}]})
    figures = client.metrics.text().decode()
    for line in (
        "clientela_model_version_max 1.0", "clientela_churn_model_version_max 7.0", "clientela_churn_swap_failed 0.0",
        "clientela_churn_swaps_total 1.0", "clientela_churn_probability_count 4.0", "clientela_unknown_ids_total 1.0",
    ):  # fmt: skip
        assert f"\n{line}\n" in figures
    total = float(re.search(r"\nclientela_churn_probability_sum (\S+)", figures)[1])
    lookup = client.other.serving.lookup
    known = lookup.index.customers.to_pandas().set_index("customer_id")["probability"]
    (new,) = lookup.predict_features(pd.DataFrame({"days_since_last_purchase": [1]}), detail=False)
    assert total == pytest.approx(2 * known["CS5295"] + known["12346"] + new["probability"])
    assert float(re.search(r"\nclientela_churn_as_of_age_days (\S+)", figures)[1]) > 300
    client.champion = "8"
    (client.folder / "churn.json").unlink()
    client.other.check()
    assert "\nclientela_churn_swap_failed 1.0\n" in client.metrics.text().decode()
    assert "\nclientela_swap_failed 0.0\n" in client.metrics.text().decode()


def test_without_churn_there_are_no_churn_metrics():
    assert "churn" not in Metrics().text().decode()


def test_both_followers_start_and_stop_together(tmp_path):
    client = Client(tmp_path)
    both = client.app._follower
    both.start(wait_seconds=20)
    assert client.other.serving.number == "7"
    both.stop()


def test_the_document_has_the_churn_paths_only_if_churn_is_served():
    assert {"/churn", "/customers/{id}/churn"} <= make_schema(ids_a_request=5, keys=False, churn=True)["paths"].keys()
    assert "/churn" not in make_schema(ids_a_request=5, keys=False)["paths"]
