"""After a run: its report in a browser, a refresh with newer figures, and a batch score; with the real commands."""

import json
import re
import sqlite3
from pathlib import Path

import duckdb
import pytest

from .conftest import Run

pytestmark = pytest.mark.slow

# The store may hold other models too, with versions of the same numbers.
SEGMENTS = "name = 'customer-segments' and version = ?"


def artifacts(project: Path, version: int) -> Path:
    """The artifacts of the run that registered a version."""
    with sqlite3.connect(project / "mlflow.db") as connection:
        (run,) = connection.execute(f"select run_id from model_versions where {SEGMENTS}", [version]).fetchone()
    return next((project / "mlruns").glob(f"*/{run}/artifacts"))


def card(project: Path, version: int) -> dict:
    with sqlite3.connect(project / "mlflow.db") as connection:
        (location,) = connection.execute(
            f"select storage_location from model_versions where {SEGMENTS}", [version]
        ).fetchone()
    return json.loads((Path(location) / "artifacts" / "segments.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def refreshed(project: Path, first_run: str, mlflow_run: Run) -> tuple[str, int]:
    """What a refresh of the champion printed, and the number of its version."""
    printed = mlflow_run("-e", "refresh").stdout
    (number,) = re.findall(r"customer-segments version (\d+) is registered as challenger", printed)
    return printed, int(number)


@pytest.fixture(scope="module")
def scores(project: Path, first_run: str, mlflow_run: Run) -> str:
    """What a score of the champion printed."""
    return mlflow_run("-e", "score", "-P", "output=scores.parquet", "-P", "treatment=0.8").stdout


@pytest.mark.browser
def test_the_report_of_the_run_reads_in_a_browser(browser, project, first_run):
    said: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: said.append(request.url) if request.url.startswith("http") else None)
    page.goto((artifacts(project, 1) / "report.html").as_uri())
    assert "Clientela demo shop" in page.title()
    segments = card(project, 1)["segments"]
    text = page.inner_text("body")
    for segment in segments:
        assert segment["name"]["en"] in text
    assert page.locator("svg[role=img]").count() > len(segments)
    assert said == []


def test_a_refresh_keeps_the_segments_and_their_names(project, refreshed):
    printed, number = refreshed
    before, now = card(project, 1), card(project, number)
    assert [(s["id"], s["name"]) for s in now["segments"]] == [(s["id"], s["name"]) for s in before["segments"]]
    # The same figures give everybody the same segment.
    assert "0.0% of" in printed
    assert [s["customers"] for s in now["segments"]] == [s["customers"] for s in before["segments"]]
    with sqlite3.connect(project / "mlflow.db") as connection:
        tags = dict(
            connection.execute(f"select key, value from model_version_tags where {SEGMENTS}", [number]).fetchall()
        )
    assert (tags["change"], tags["clusters_of"]) == ("refresh", "1")
    assert (artifacts(project, number) / "migration.csv").is_file()


def test_a_refresh_of_an_earlier_date_is_refused(run, first_run):
    done = run("python", "experiments/refresh.py", "--as-of", "2024-06-01", expect=2)
    assert "The as-of date of a refresh must not precede the champion's, " in done.stderr


def test_a_score_has_one_row_a_customer_as_the_server_answers(project, scores, champion):
    table = str(project / "scores.parquet")
    rows = duckdb.sql(f"select customer_id, segment, segment_id, model_version, as_of from '{table}'").fetchall()
    assert f"{len(rows):,} customers, by customer-segments version 1: {table}" in scores
    assert len({row[0] for row in rows}) == len(rows) == sum(s["customers"] for s in card(project, 1)["segments"])
    answers = champion.post({"inputs": [row[0] for row in rows]})[1]["predictions"]
    assert [(row[0], row[1]) for row in rows] == [(a["customer_id"], a["segment"]) for a in answers]
    assert {str(row[4]) for row in rows} == {card(project, 1)["as_of"]}


def test_the_treatment_is_the_same_share_of_every_segment(project, scores):
    shares = duckdb.sql(
        f"select segment_id, avg((arm = 'treatment')::int), count(*) from '{project}/scores.parquet' group by all"
    ).fetchall()
    assert shares
    for _, share, customers in shares:
        assert share == pytest.approx(0.8, abs=1 / customers)


def test_a_score_goes_to_a_table_in_sqlite_in_portuguese(project, run, scores):
    run("python", "experiments/score.py", "--output", "crm.db#clientes", "--language", "pt-BR", "--version", "1")
    with sqlite3.connect(project / "crm.db") as connection:
        names = {name for (name,) in connection.execute("select distinct segment from clientes")}
    assert names == {segment["name"]["pt-BR"] for segment in card(project, 1)["segments"]}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--output", "out.docx"], "The destination must end in or be one of .csv"),
        (["--output", "nowhere/out.csv"], "The destination's folder must exist."),
        (["--output", "out.csv", "--version", "99"], "The registry must hold version 99 of customer-segments"),
        (
            ["--output", "out.csv", "--dataset", "online_retail", "--source", "x"],
            "The dataset parameter must be 'demo', the data set of version 1 of",
        ),
    ],
)
def test_a_score_that_cannot_be_is_told_at_once_and_writes_nothing(project, mistaken, arguments, says):
    assert says in mistaken(project, "score", *arguments)
    assert not (project / "out.csv").exists()


def test_served_detail_says_why_and_what_would_move_a_customer_up(champion, scores, project):
    rows = duckdb.sql(f"select customer_id from '{project}/scores.parquet' limit 300").fetchall()
    body = {"inputs": [row[0] for row in rows], "params": {"detail": True}}
    answers = champion.post(body)[1]["predictions"]
    agreeing = [answer for answer in answers if answer["detail"]["why"]["agrees"]]
    assert len(agreeing) > 0.7 * len(answers)
    assert all(answer["detail"]["why"]["rule"][language] for answer in agreeing for language in ("en", "pt-BR"))
    ways = [answer["detail"]["next"] for answer in answers if answer["detail"]["next"]]
    assert ways
    assert all(way["conditions"] and way["segment"]["en"] for way in ways)
