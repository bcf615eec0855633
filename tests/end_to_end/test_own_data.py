"""README's "Your own data in ten minutes", followed literally with a stranger's export."""

import shlex
import sqlite3
from pathlib import Path

import duckdb
import pytest
import yaml

from clientela.data.demo import generate_demo

from .conftest import ROOT, Run, make_project, make_run

pytestmark = pytest.mark.slow
CUSTOMERS = 800


@pytest.fixture(scope="module")
def section() -> str:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return readme.split("## Your own data in ten minutes")[1].split("\n## ")[0]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the export of a shop: one row per invoice, decimal comma, day first."""
    folder = make_project(tmp_path_factory.mktemp("own-data"))
    connection = duckdb.connect()
    connection.register("lines", generate_demo(seed=0).transactions)
    connection.execute(f"""
        copy (
            select customer_id as "Client", invoice as "Invoice", strftime(min(invoice_date), '%d/%m/%Y') as "Date",
                replace(sum(quantity * unit_price)::decimal(12, 2)::varchar, '.', ',') as "Total"
            from lines
            where customer_id in (
                select customer_id from lines where customer_id is not null group by all order by customer_id
                limit {CUSTOMERS}
            )
            group by customer_id, invoice having sum(quantity * unit_price) > 0 order by invoice
        ) to '{folder / "sales.csv"}' (header, delimiter ';')
    """)
    return folder


@pytest.fixture(scope="module")
def printed(project: Path, environment: dict[str, str], section: str) -> dict[str, str]:
    """What each command of the section prints, by its second word; the user interface of MLflow is left out."""
    run: Run = make_run(project, environment)
    commands = [
        shlex.split(line)
        for number, block in enumerate(section.split("```"))
        if number % 2 and not block.startswith("yaml")
        for line in block.splitlines()
        if line.startswith("clientela ") and not line.startswith("clientela ui")
    ]
    assert [command[1] for command in commands] == ["inspect", "segment"]
    return {command[1]: run(*command).stdout for command in commands}


def test_inspect_gives_a_first_answer(printed):
    assert f"{CUSTOMERS} customers" in printed["inspect"]
    assert "Customers by the RFM rules" in printed["inspect"]
    assert "Quality of the data: completeness" in printed["inspect"]
    assert "Verdict: ready" in printed["inspect"]


def test_the_file_is_the_one_of_the_readme(printed, project, section):
    written = yaml.safe_load((project / "conf" / "datasets" / "mine.yaml").read_text(encoding="utf-8"))
    shown = yaml.safe_load(section.split("```yaml")[1].split("```")[0])
    assert written["source"] == str((project / "sales.csv").resolve())
    assert {**written, "source": shown["source"]} == shown


def test_the_export_ends_in_a_registered_version_and_a_report(printed, project):
    with sqlite3.connect(project / "mlflow.db") as connection:
        aliases = connection.execute("select name, alias, version from registered_model_aliases").fetchall()
    assert aliases == [("customer-segments", "champion", 1)]
    assert (project / "report.html").stat().st_size > 10_000
