"""Churn as a user runs it: the project's entry point, then both servers, ids and raw features."""

import json
import shlex
import urllib.error
import urllib.request

import pyarrow.csv
import pytest
import yaml

from clientela.data.demo_telecom import generate_telecom
from clientela.serving.trial import try_api

from .conftest import KEY, serving, wait_for

pytestmark = pytest.mark.slow

SERVE = "mlflow models serve -m models:/customer-churn@champion -p PORT --env-manager local"
FEATURES = {"dataframe_records": [{"days_since_last_purchase": 200, "order_count": 2, "region": "south"}]}


@pytest.fixture(scope="module")
def churn_run(project, run):
    """`mlflow run . -e churn` on two files, with fewer draws; what it printed."""
    telecom = generate_telecom(customers=900)
    pyarrow.csv.write_csv(telecom.transactions, project / "transactions.csv")
    pyarrow.csv.write_csv(telecom.customers, project / "customers.csv")
    path = project / "conf" / "churn.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    for model in settings["models"].values():
        model["draws"] = 1
    settings |= {"folds": 3, "jobs": 1}
    path.write_text(yaml.safe_dump(settings))
    return run(
        "mlflow", "run", ".", "-e", "churn", "-P", "customers=customers.csv", "-P", "transactions=transactions.csv",
        "-P", "report=churn.html", "--env-manager", "local", "--experiment-name", "customer-churn",
    ).stdout  # fmt: skip


@pytest.fixture(scope="module")
def known(churn_run) -> str:
    """An id that the run proposes to ask for."""
    body = shlex.split(churn_run.split("-d ")[-1])[0]
    return str(json.loads(body)["dataframe_split"]["data"][0][0])


def test_the_run_registers_a_champion_and_writes_the_report(project, churn_run):
    assert "customer-churn version 1 is registered as champion" in churn_run
    assert "signup_after_first_transaction" in churn_run
    assert "Customers about to leave" in (project / "churn.html").read_text(encoding="utf-8")


def test_mlflows_server_answers_ids_and_raw_features(project, environment, known):
    with serving(shlex.split(SERVE), ready="/ping", cwd=project, environment=environment) as server:
        split = {"dataframe_split": {"columns": ["customer_id"], "data": [[known], [float(known)], ["nobody"], [None]]}}
        status, answer, _ = server.post(split)
        assert status == 200
        first, again, nobody, none = answer["predictions"]
        assert first == again
        assert 0 < first["probability"] < 1
        assert first["band"] in ("high", "medium", "low")
        assert len(first["reasons"]) <= 3
        assert nobody["probability"] is none["probability"] is None
        status, answer, _ = server.post({**FEATURES, "params": {"detail": True}})
        assert status == 200
        (new,) = answer["predictions"]
        assert new["detail"]["figures"]["region"] == "south"
        assert 0 < new["probability"] < 1
        status, answer, text = server.post({"dataframe_records": [{"order_count": -1}]})
        assert status == 400
        assert answer["message"] == "The feature order_count must lie between 0 and 1e+15. Got -1 instead."
        assert "Traceback" not in text


def test_the_production_server_answers_both_beside_the_segments(production, known):
    def ask(path, body=None):
        data = json.dumps(body).encode() if body else None
        headers = {"Content-Type": "application/json", "X-API-Key": KEY}
        try:
            with urllib.request.urlopen(
                urllib.request.Request(production.url + path, data, headers), timeout=600
            ) as got:
                return got.status, json.load(got)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    # Both workers have seen the champion.
    wait_for(lambda: {ask("/churn", {"inputs": [known]})[0] for _ in range(8)} == {200})
    for body in ({"inputs": [known]}, FEATURES):
        (prediction,) = ask("/churn", body)[1]["predictions"]
        assert 0 < prediction["probability"] < 1
    assert ask(f"/customers/{known}/churn")[1]["customer_id"] == known
    assert ask("/invocations", {"inputs": ["12346"]})[0] == 200
    _, results = try_api(production.url, key=KEY)
    of_churn = {result.tried: result.result for result in results if "/churn" in result.request}
    # Of the segments' customers, who are the demo shop's, the telecom knows none.
    assert of_churn.pop("a customer, with details") == "not tried"
    assert set(of_churn.values()) == {"passed"}


def test_the_batch_score_writes_one_row_a_customer(project, run, churn_run):
    run(
        "mlflow", "run", ".", "-e", "score", "-P", "model=customer-churn", "-P", "dataset=telecom", "-P",
        "source=transactions.csv", "-P", "customers=customers.csv", "-P", "output=churn.csv", "--env-manager", "local",
    )  # fmt: skip
    head, *rows = (project / "churn.csv").read_text().splitlines()
    assert head.startswith("customer_id,probability,band,call,expected_profit,reasons")
    assert len(rows) > 500
