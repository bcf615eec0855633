"""Churn as a user runs it: the project's entry point, then both servers, ids and raw features."""

import json
import shlex
import urllib.request

import pyarrow.csv
import pytest
import yaml

from clientela.data.demo_telecom import generate_telecom

from .conftest import serving

pytestmark = pytest.mark.slow

SERVE = "mlflow models serve -m models:/customer-churn@champion -p PORT --env-manager local"
GUNICORN = "gunicorn -c conf/gunicorn.py -b 127.0.0.1:PORT"
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
        assert answer["message"] == "The feature order_count must be a finite number >= 0. Got -1 instead."
        assert "Traceback" not in text


def test_the_production_server_answers_both_beside_the_segments(project, environment, first_run, known):
    settings = yaml.safe_load((project / "conf" / "server.yaml").read_text())
    (project / "conf" / "server.yaml").write_text(yaml.safe_dump({**settings, "open": True}))
    environment = {**environment, "PYTHONPATH": str(project / "src")}
    with serving(shlex.split(GUNICORN), ready="/ready", cwd=project, environment=environment) as server:
        for body in ({"inputs": [known]}, FEATURES):
            request = urllib.request.Request(
                f"{server.url}/churn", json.dumps(body).encode(), {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request, timeout=60) as answer:
                (told,) = json.load(answer)["predictions"]
            assert 0 < told["probability"] < 1
        with urllib.request.urlopen(f"{server.url}/customers/{known}/churn", timeout=60) as answer:
            assert json.load(answer)["customer_id"] == known
        assert server.post({"inputs": ["12346"]})[0] == 200


def test_the_batch_score_writes_one_row_a_customer(project, run, churn_run):
    run(
        "mlflow", "run", ".", "-e", "score", "-P", "model=customer-churn", "-P", "dataset=telecom", "-P",
        "source=transactions.csv", "-P", "customers=customers.csv", "-P", "output=churn.csv", "--env-manager", "local",
    )  # fmt: skip
    head, *rows = (project / "churn.csv").read_text().splitlines()
    assert head.startswith("customer_id,probability,band,call,expected_profit,reasons")
    assert len(rows) > 500
