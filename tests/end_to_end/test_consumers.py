"""What people use to call the API: the trial script, the notebook and the Postman collection, on real servers."""

import json
import re
import urllib.error
import urllib.request
from dataclasses import replace

import nbformat
import pytest
from nbclient import NotebookClient

from clientela.errors import InvalidInput
from clientela.serving.trial import try_api
from clientela.serving.trial.churn import NO_MODEL
from clientela.serving.trial.client import Client

from .conftest import KEY, ROOT
from .examples import alike

pytestmark = pytest.mark.slow

NOTEBOOK = ROOT / "docs" / "notebooks" / "consume_api.ipynb"
COLLECTION = ROOT / "docs" / "postman_collection.json"
SERVERS = {"production": r"production server, customer-segments version \d+ as of", "champion": "mlflow models serve"}


@pytest.mark.parametrize("server", SERVERS)
def test_the_trial_passes_on_both_servers_and_says_which_it_is(server, request, run):
    url = request.getfixturevalue(server).url
    environment = {"CLIENTELA_KEY": KEY} if server == "production" else {}
    done = run(
        "env", *[f"{name}={value}" for name, value in environment.items()], "python", "experiments/try_api.py", url
    )
    lines = done.stdout.splitlines()
    assert re.match(SERVERS[server], lines[0])
    not_tried = [line for line in lines if "not tried" in line][:-1]
    # Nothing is left out; of churn there is a champion only where another test has made one.
    assert all(NO_MODEL in line or "does not know this customer" in line for line in not_tried)
    assert re.fullmatch(rf"\d\d passed, 0 failed, {len(not_tried)} not tried\.", lines[-1])
    assert KEY not in done.stdout


def test_without_a_key_or_with_an_id_of_nobody_it_says_so(production):
    with pytest.raises(InvalidInput, match="needs a key"):
        try_api(production.url)
    with pytest.raises(InvalidInput, match="must be one that the server"):
        try_api(production.url, key="wrong")
    with pytest.raises(InvalidInput, match="does not know 'nobody'"):
        try_api(production.url, key=KEY, ids=["12346", "nobody"])


def test_without_a_known_customer_the_rest_is_tried(production, monkeypatch):
    monkeypatch.setattr("clientela.serving.trial.run.EXAMPLES", ("nobody-1",))
    monkeypatch.setattr("clientela.serving.trial.run._examples", lambda _: [])
    _, results = try_api(production.url, key=KEY)
    assert {result.result for result in results} == {"passed", "not tried"}
    not_tried = [result.why for result in results if result.result == "not tried" and result.why != NO_MODEL]
    assert not_tried
    assert all("--id" in why for why in not_tried)


def rewritten(old, new):
    return lambda answer: replace(answer, body=answer.body.replace(old, new))


def reversed_rows(answer):
    if isinstance(answer.json, dict) and "predictions" in answer.json:
        return replace(answer, body=json.dumps({"predictions": answer.json["predictions"][::-1]}).encode())
    return answer


# What a server could get wrong, and a case that must see it.
LIES = {
    "unknown is no longer null": (rewritten(b'"segment":null', b'"segment":"Lost"'), "unknown ids"),
    "another order": (reversed_rows, "order, duplicates"),
    "a field of the details is gone": (rewritten(b'"action"', b'"actions"'), "details"),
    "all is well": (lambda answer: replace(answer, status=200), "no ids"),
    "a fault": (lambda answer: replace(answer, status=500) if answer.status == 405 else answer, "another method"),
    "a stack trace": (rewritten(b',"message":', b',"stack_trace":"x","message":'), "no ids"),
    "a body after HEAD": (lambda answer: replace(answer, body=answer.body or b"x"), "only the headers"),
    "headers are lost": (lambda answer: replace(answer, headers={"content-type": "application/json"}), "a request id"),
    "the document does not say all": (rewritten(b'"/ready"', b'"/readiness"'), "each of its paths"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_server_that_lies_does_not_pass(production, monkeypatch, lie):
    falsify, seen_by = LIES[lie]
    send = Client._send
    with monkeypatch.context() as patch:
        patch.setattr(Client, "_send", lambda client, request: falsify(send(client, request)))
        _, results = try_api(production.url, key=KEY, ids=["12346"])
    assert [result.tried for result in results if result.result == "failed" and seen_by in result.tried]


def outputs(notebook):
    """What each cell shows, without pictures, which differ by a font."""
    return [
        [
            output.get("data", {}).get("text/plain") if "image/png" not in output.get("data", {}) else "a picture"
            for output in cell.get("outputs", [])
        ]
        for cell in notebook.cells
    ]


def test_the_notebook_shows_what_it_shows(production, monkeypatch):
    monkeypatch.setenv("CLIENTELA_URL", production.url)
    monkeypatch.setenv("CLIENTELA_KEY", KEY)
    # The notebook shows its charts with the backend of its kernel, not with that of the tests.
    monkeypatch.delenv("MPLBACKEND", raising=False)
    committed = nbformat.read(NOTEBOOK, as_version=4)
    fresh = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(fresh, timeout=600, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    assert ["a picture"] in outputs(committed)
    for shown, printed in zip(outputs(committed), outputs(fresh), strict=True):
        assert alike(shown, printed), f"shown:\n{shown}\nprinted:\n{printed}"


def test_the_notebook_is_small_and_knows_no_machine():
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert len(text) < 100_000
    assert not re.search(r"/(home|Users|tmp|work|root)/", text)
    assert "127.0.0.1:8000" in text
    assert not re.search(r"127\.0\.0\.1:(?!8000)", text)


def test_every_request_of_the_postman_collection_is_answered(production):
    items = json.loads(COLLECTION.read_text(encoding="utf-8"))["item"]
    for item in items:
        asked = item["request"]
        url = asked["url"]["raw"].replace("{{baseUrl}}", production.url)
        for variable in asked["url"].get("variable", []):
            url = url.replace(f":{variable['key']}", variable["value"])
        headers = {header["key"]: header["value"] for header in asked["header"]}
        if "auth" not in asked:
            headers["Authorization"] = f"Bearer {KEY}"
        body = asked["body"]["raw"].encode() if "body" in asked else None
        request = urllib.request.Request(url, body, headers, method=asked["method"])
        try:
            status = urllib.request.urlopen(request, timeout=600).status
        except urllib.error.HTTPError as error:
            status = error.code
        # Whoever the document has as its example need not be a customer of this shop.
        nobody = status == 404 and "{id}" in item["name"]
        # Of churn there is a champion only where another test has made one.
        no_model = status == 503 and "churn" in item["name"]
        assert status == 200 or nobody or no_model, item["name"]
