"""The production server as it is started, with keys, and while the champion moves."""

import json
import threading
import urllib.error
import urllib.request

import pytest

from .conftest import KEY, wait_for

pytestmark = pytest.mark.slow

KNOWN = "12346"  # the demo shop's first customer
BODIES = [
    {"dataframe_split": {"columns": ["customer_id"], "data": [[KNOWN], [12346.0], ["nobody"], [None]]}},
    {"dataframe_records": [{"customer_id": KNOWN}], "params": {"detail": True}},
    {"inputs": [KNOWN]},
    {"inputs": {"customer_id": [KNOWN]}},
    {"instances": [{"customer_id": 12346}]},
    {"inputs": []},
    {"dataframe_split": {"columns": ["id"], "data": [[KNOWN]]}},
]


@pytest.fixture
def server(production):
    return production


def ask(server, path, body=None, *, key=KEY, kind="application/json"):
    headers = {"Content-Type": kind, **({"Authorization": f"Bearer {key}"} if key else {})}
    data = json.dumps(body).encode() if body is not None else None
    try:
        with urllib.request.urlopen(urllib.request.Request(server.url + path, data, headers), timeout=600) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize("body", BODIES, ids=str)
def test_it_answers_as_mlflow_does(server, champion, body):
    status, text = ask(server, "/invocations", body)
    expected_status, expected, _ = champion.post(body)
    assert (status, json.loads(text)) == (expected_status, expected)


def test_keys(server):
    assert ask(server, "/health", key=None)[0] == 200
    assert ask(server, "/invocations", BODIES[0], key=None)[0] == 401
    assert ask(server, "/invocations", BODIES[0], key="wrong")[0] == 403


def test_customers_segments_docs_and_figures(server):
    status, text = ask(server, f"/customers/{KNOWN}")
    assert (status, json.loads(text)["customer_id"]) == (200, KNOWN)
    assert ask(server, "/customers/a%2Fb")[0] == 404
    segments = json.loads(ask(server, "/segments")[1])["segments"]
    assert sum(segment["share"] for segment in segments) == pytest.approx(1)
    status, page = ask(server, "/docs")
    assert status == 200
    assert "POST /invocations" in page
    counted = 'clientela_requests_total{route="/segments",status="200"}'
    # A worker counts once it has answered, and another one may tell the figures.
    wait_for(lambda: counted in ask(server, "/metrics")[1])
    status, figures = ask(server, "/metrics")
    assert status == 200
    assert "clientela_swap_failed 0.0" in figures
    version = json.loads(ask(server, "/version")[1])["version"]
    for end in ("min", "max"):
        assert f"clientela_model_version_{end} {version}.0" in figures


def test_a_body_that_is_too_large(server):
    status, text = ask(server, "/invocations", {"inputs": ["x" * 9_000_000]})
    assert (status, json.loads(text)["error_code"]) == (413, "REQUEST_TOO_LARGE")


def test_without_keys_it_does_not_start(run, project):
    done = run("gunicorn", "-c", "conf/gunicorn.py", expect=1)
    assert "keys must list at least one key" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_promotion_swaps_the_version_without_a_failed_request(server, run, environment, project):
    before = json.loads(ask(server, "/version")[1])["version"]
    newer = "2" if before == "1" else "1"
    statuses, seen, stop = [], [], threading.Event()

    def keep_asking():
        while not stop.is_set():
            status, text = ask(server, "/customers:lookup", {"ids": [KNOWN]})
            statuses.append(status)
            seen.append(json.loads(text).get("version"))

    asking = threading.Thread(target=keep_asking)
    asking.start()
    try:
        run("python", "experiments/refresh.py")
        move_champion(run, newer)
        wait_for(lambda: newer in seen)
        # Each worker looks for itself: so many answers come from both.
        wait_for(lambda: len(seen) > 200 and set(seen[-200:]) == {newer})
    finally:
        stop.set()
        asking.join()
        move_champion(run, before)
    assert set(statuses) == {200}
    assert set(seen) == {before, newer}
    assert set(seen[-200:]) == {newer}


def move_champion(run, version):
    # The alias alone: the gate of a promotion has tests of its own.
    code = (
        f"import mlflow; mlflow.MlflowClient().set_registered_model_alias('customer-segments', 'champion', '{version}')"
    )
    run("python", "-c", code)
