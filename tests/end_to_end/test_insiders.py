"""The Insiders programme with the real commands: run, read the report, serve the model and ask it."""

import re
import shlex
import sqlite3
from pathlib import Path

import pandas as pd
import pytest
import yaml

from .conftest import Run, Server, serving

pytestmark = pytest.mark.slow
SERVE = "mlflow models serve -m models:/insiders@champion -p PORT --env-manager local"


@pytest.fixture(scope="module")
def printed_run(project: Path, mlflow_run: Run) -> str:
    """What the run printed, with fewer past dates and bootstrap samples."""
    path = project / "conf" / "insiders.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["ranking"]["days_back"] = [90]
    content |= {"draws": 100, "model_windows": {"most": 1}, "replay_months": 6}
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return mlflow_run(
        "-e", "insiders", "-P", "size=0.08", "-P", "report=insiders.html", "-P", "list=insiders.db#insiders"
    ).stdout  # fmt: skip


@pytest.fixture(scope="module")
def members(project: Path, printed_run: str) -> pd.DataFrame:
    with sqlite3.connect(project / "insiders.db") as connection:
        return pd.read_sql("select * from insiders", connection)


@pytest.fixture(scope="module")
def server(project: Path, environment: dict[str, str], printed_run: str):
    with serving(shlex.split(SERVE), ready="/ping", cwd=project, environment=environment) as running:
        yield running


def test_the_run_says_the_rules_the_proof_and_what_comes_next(printed_run, members):
    assert re.search(r"- Enter: .*in the last \d+ days", printed_run)
    assert "times as much as others in the next 90 days" in printed_run
    assert f"insiders version 1 is registered as champion: {len(members):,} members." in printed_run
    assert SERVE.replace("PORT", "5001") in printed_run


def test_the_server_answers_for_members_others_and_strangers(server: Server, members: pd.DataFrame):
    ids = [*members["customer_id"].head(5), "nobody"]
    body = {"dataframe_split": {"columns": ["customer_id"], "data": [[id_] for id_ in ids]}}
    status, answer, _ = server.post(body)
    assert status == 200
    answers = answer["predictions"]
    assert [one["customer_id"] for one in answers] == ids
    assert [one["member"] for one in answers] == [True] * 5 + [None]
    assert [one["expected_value"] for one in answers[:5]] == pytest.approx(members["expected"].head(5).tolist())
    assert all(one["distance"]["to"] == "leave" and one["distance"]["spend"] >= 0 for one in answers[:5])
    status, answer, _ = server.post({"inputs": ids[:1], "params": {"detail": True}})
    detail = answer["predictions"][0]["detail"]
    assert status == 200
    assert detail["rule"].keys() == {"en", "pt-BR"}
    assert detail["as_of"] == members["as_of"].iloc[0][:10]


def test_a_clients_mistake_is_one_sentence_without_a_trace(server: Server):
    status, answer, text = server.post({"dataframe_split": {"columns": ["x"], "data": [["1"]]}})
    assert status == 400
    assert answer["message"].startswith("The request has no customer ids")
    assert "Traceback" not in text


def test_the_version_holds_no_pickle_and_its_code_nothing_of_clientela(project: Path, printed_run: str):
    with sqlite3.connect(project / "mlflow.db") as connection:
        (location,) = connection.execute(
            "select storage_location from model_versions where name = 'insiders'"
        ).fetchone()
    names = {file.name for file in Path(location).rglob("*") if file.is_file()}
    assert {"pyfunc.py", "customers.arrow", "index.arrow", "programme.json"} <= names
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".joblib"))]
    assert not re.search(r"^(from|import) clientela", (Path(location) / "pyfunc.py").read_text(), re.MULTILINE)


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_the_report_reads_on_a_phone_and_on_a_desk(browser, project: Path, printed_run: str, members, width: int):
    said: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.on("console", lambda message: said.append(message.text))
    page.goto((project / "insiders.html").as_uri())
    text = page.inner_text("main")
    assert f"{len(members):,} members" in text
    for question in range(1, 10):
        assert f"\n{question}. " in text
    assert page.locator("svg[role=img]").count() >= 7
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert said == []


def test_the_gate_promotes_the_next_version(mlflow_run: Run, printed_run: str):
    printed = mlflow_run("-e", "insiders", "-P", "size=0.07").stdout
    assert "insiders version 2 is registered as challenger" in printed
    done = mlflow_run("-e", "promote", "-P", "model=insiders", "-P", "version=2").stdout
    assert "Version 2 of insiders is the champion; version 1 is kept as previous." in done
