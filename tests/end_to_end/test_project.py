"""The README's story: run, look, serve, run again, promote, roll back; with the real commands."""

import json
import re
import sqlite3
from pathlib import Path

import pytest

from .conftest import Run, Serve, copy_project, make_mlflow_run, make_run, make_serve_champion

pytestmark = pytest.mark.slow


# A project of its own: these tests count its runs, versions and aliases.
@pytest.fixture(scope="module")
def project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(template, tmp_path_factory.mktemp("own-project"))


@pytest.fixture(scope="module")
def run(project: Path, environment: dict[str, str]) -> Run:
    return make_run(project, environment)


@pytest.fixture(scope="module")
def mlflow_run(run: Run) -> Run:
    return make_mlflow_run(run)


@pytest.fixture(scope="module")
def first_run(project: Path) -> str:
    return (project / "printed.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def serve_champion(project: Path, environment: dict[str, str]) -> Serve:
    return make_serve_champion(project, environment)


def aliases(project) -> dict[str, int]:
    with sqlite3.connect(project / "mlflow.db") as connection:
        return dict(connection.execute("select alias, version from registered_model_aliases").fetchall())


def test_the_run_says_what_was_cleaned_compared_chosen_and_what_comes_next(first_run):
    assert "missing_customer_id" in first_run
    assert "rfm_rules" in first_run
    assert "customer-segments version 1 is registered as champion" in first_run
    assert "mlflow models serve -m models:/customer-segments@champion -p 5001 --env-manager local" in first_run
    assert "viewStateShareKey=leaderboard-" in first_run


def test_the_parent_run_holds_the_whole_comparison(project, first_run):
    with sqlite3.connect(project / "mlflow.db") as connection:
        children = connection.execute(
            "select count(*) from tags where key = 'mlflow.parentRunId'",
        ).fetchone()[0]
        parent = connection.execute("select run_uuid from tags where key = 'stage' and value = 'comparison'").fetchone()
        inputs = connection.execute("select name, digest from datasets").fetchall()
    assert children == 11
    assert len(inputs) == 1
    assert inputs[0][0] == "demo"
    artifacts = next((project / "mlruns").glob(f"*/{parent[0]}/artifacts"))
    assert {file.name for file in artifacts.iterdir()} == {
        "customers.csv", "leaderboard.csv", "leaderboard.json", "leaderboard.png", "ledger.csv", "ledger.json",
        "reasons.md", "report.html", "segments.png", "settings.yaml", "quality.json", "exploration.json",
        "data-dictionary.html", "data-dictionary.xlsx",
    }  # fmt: skip
    rows = json.loads((artifacts / "leaderboard.json").read_text())
    assert rows["data"][0][rows["columns"].index("verdict")] == "winner"


def test_the_winner_the_shortlist_and_the_baseline_have_two_pictures(project, first_run):
    with sqlite3.connect(project / "mlflow.db") as connection:
        verdicts = connection.execute("select value from tags where key = 'verdict'").fetchall()
    drawn = [verdict for (verdict,) in verdicts if verdict != "rejected"]
    assert 2 <= len(drawn) < len(verdicts)
    for name in ("silhouette.png", "scatter.png"):
        assert len(list((project / "mlruns").glob(f"*/*/artifacts/{name}"))) == len(drawn)


def test_a_registered_version_holds_no_pickle(project, first_run):
    version = next((project / "mlruns").glob("*/models/*/artifacts"))
    names = {file.name for file in version.rglob("*") if file.is_file()}
    assert {"pyfunc.py", "customers.arrow", "segments.json", "clustering.skops"} <= names
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".joblib"))]
    for file in version.rglob("*"):
        # protocols 2 and later open with this byte and end with a stop
        content = file.read_bytes() if file.is_file() else b""
        assert not (content[:1] == b"\x80" and content[-1:] == b"."), file


@pytest.fixture(scope="module")
def refused(project, first_run, mlflow_run) -> str:
    """A second version, as of an earlier day, that is to be promoted: what the gate says."""
    printed = mlflow_run("-P", "as_of=2024-12-01").stdout
    assert "version 2 is registered as challenger" in printed
    assert aliases(project) == {"champion": 1, "challenger": 2}
    return mlflow_run("-e", "promote", "-P", "version=2", expect=1).stderr


@pytest.fixture(scope="module")
def promoted(refused, mlflow_run) -> str:
    """The second version, promoted all the same."""
    return mlflow_run("-e", "promote", "-P", "version=2", "-P", "force=true", "-P", "reason=it's a test").stdout


def test_the_gate_refuses_what_is_older_and_knows_fewer(project, refused, run):
    assert "Version 2 of customer-segments must pass the gate to become champion; it fails " in refused
    assert "  covers: The version knows " in refused
    assert "  fresh: As-of date 2024-12-01 must not precede the champion's (2025-01-01)" in refused
    done = run("python", "experiments/promote.py", "--version", "2", "--force", expect=2)
    assert "The reason parameter must say why the gate is overruled" in done.stderr
    assert aliases(project) == {"champion": 1, "challenger": 2}


def test_promote_moves_the_champion_and_rollback_brings_it_back(project, serve_champion, promoted, mlflow_run, run):
    assert "version 1 is kept as previous. Overruled: covers" in promoted
    assert aliases(project) == {"champion": 2, "previous": 1}
    with serve_champion() as server:
        body = {"inputs": ["12346"], "params": {"detail": True}}
        assert server.post(body)[1]["predictions"][0]["detail"]["as_of"] == "2024-12-01"
    printed = mlflow_run("-e", "rollback", "-P", "reason=the test is over").stdout
    assert "Version 1 of customer-segments is the champion again" in printed
    assert aliases(project) == {"champion": 1, "previous": 2}
    entries = [json.loads(line) for line in run("python", "experiments/history.py", "--json").stdout.splitlines()]
    assert [(entry["action"], entry["from_version"], entry["to_version"], entry["state"]) for entry in entries] == [
        ("rollback", "2", "1", "done"),
        ("promote", "1", "2", "done"),
        ("register", None, "2", "done"),
        ("register", None, "1", "done"),
    ]
    assert [(entry["forced"], entry["reason"]) for entry in entries[:2]] == [
        (False, "the test is over"),
        (True, "it's a test"),
    ]
    table = mlflow_run("-e", "history", "-P", "limit=2").stdout
    assert "rollback" in table
    assert "promote, forced" in table
    assert "register" not in table


def test_promote_refuses_a_version_that_is_not_there(project, promoted, mistaken):
    said = mistaken(project, "promote", "--version", "9")
    assert "The version parameter must be one of 1, 2 of customer-segments. Got '9' instead." in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--dataset", "nothing"], "The dataset parameter must be one of demo, flo, groceries"),
        (["--dataset", "online_retail"], "The source parameter must be the path of UCI Online Retail"),
        (["--source", "nowhere.csv"], "The source must be a file that exists. Got 'nowhere.csv' instead."),
        (["--as-of", "tomorrow"], "The as_of parameter must be a date like 2011-12-10. Got 'tomorrow' instead."),
        (["--as-of", "1999-01-01"], "The as-of date must be later than the first transaction, 2022-01-01."),
        (["--seed", "-1"], "Invalid value for '--seed'"),
    ],
)
def test_a_mistake_is_told_in_one_line(project, mistaken, arguments, says):
    assert says in mistaken(project, "segment", *arguments)


def test_the_same_seed_gives_the_same_bytes(project, run, first_run):
    versions = (project / "mlruns").glob("*/models/*/artifacts/artifacts")
    before = {folder: (folder / "customers.arrow").read_bytes() for folder in versions}
    run("python", "experiments/segment.py", "--dataset", "demo")
    new = [folder for folder in (project / "mlruns").glob("*/models/*/artifacts/artifacts") if folder not in before]
    assert len(new) == 1
    assert (new[0] / "customers.arrow").read_bytes() in before.values()


def test_a_shop_of_ones_own_needs_a_yaml_and_a_file(project, run, first_run):
    rows = [f"{1 + i % 80};{i};{1 + i % 28:02d}/0{1 + i % 9}/2024;{10 + i * 7 % 90}" for i in range(2000)]
    text = "\n".join(["cliente;pedido;quando;valor", *rows])
    (project / "vendas.csv").write_text(text, encoding="utf-8")
    (project / "conf" / "datasets" / "mine.yaml").write_text(
        """
name: mine
title: My shop
source: vendas.csv
columns: {customer_id: cliente, order_id: pedido, ordered_at: quando, amount: valor}
timestamp_format: "%d/%m/%Y"
cleaning: [{rule: unreadable_date}, {rule: missing_customer_id}, {rule: bad_amount}]
"""
    )
    done = run("python", "experiments/segment.py", "--dataset", "conf/datasets/mine.yaml")
    # 80 customers of pure noise: there is a result, with its limits, and it does not replace the champion.
    assert "80 customers as of" in done.stdout
    assert re.search(r"version \d+ is registered as challenger: ", done.stdout)
    assert "Note: Customers differ little in how they buy, so treat the borders of the segments as soft" in done.stdout
