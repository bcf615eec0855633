"""The command `inspect`: its JSON, the file that it writes, its exit codes, and what a terminal shows."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from clientela.cli import main
from clientela.settings import load_settings

KEYS = [
    "encoding", "delimiter", "decimal", "rows", "customers", "orders", "period", "money_total", "columns", "findings",
    "verdict", "question", "reason",
]  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """An export in Portuguese with a decimal comma, names and e-mail addresses."""
    rows = "".join(
        f"{n // 2 + 1};{n // 2 % 55 + 1};Ana Silva {'ABCDEFGHIJK'[n % 11]};p{n // 2 % 55}@example.org;"
        f"{n // 2 % 28 + 1:02d}/{n // 2 % 12 + 1:02d}/2023;SKU{n % 17};{n % 3 + 1};{n % 17 + 1},90\n"
        for n in range(400)
    )
    path = tmp_path / "vendas.csv"
    header = "Pedido;Código do Cliente;Nome do Cliente;E-mail;Data da Venda;SKU;Qtde;Preço Unitário\n"
    path.write_text(header + rows, encoding="latin-1")
    return path


def inspect(*args: object) -> Result:
    return CliRunner().invoke(main, ["inspect", *map(str, args)], catch_exceptions=False)


def test_the_json_has_the_documented_keys(shop):
    result = inspect(shop, "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert list(found) == KEYS
    assert (found["encoding"], found["delimiter"], found["decimal"]) == ("cp1252", ";", ",")
    assert (found["rows"], found["customers"], found["orders"], found["verdict"]) == (400, 55, 200, "ready")
    assert found["period"] == ["2023-01-01", "2023-12-28"]
    assert found["money_total"] == round(sum((n % 3 + 1) * (n % 17 + 1.9) for n in range(400)), 2)
    assert found["columns"]["customer_id"]["source"] == "Código do Cliente"
    assert 0 < found["columns"]["customer_id"]["confidence"] <= 1
    assert all(set(finding) == {"code", "severity", "text", "rows"} for finding in found["findings"])


def test_no_output_shows_a_person(shop):
    for result in (inspect(shop), inspect(shop, "--json")):
        assert "Ana Silva" not in result.output
        assert "example.org" not in result.output


def test_the_terminal_shows_totals_columns_rows_and_the_next_command(shop, tmp_path, root):
    conf = tmp_path / "conf"
    shutil.copytree(root / "conf", conf)
    result = inspect(shop, "--write", conf / "datasets" / "vendas.yaml", "--conf", conf)
    assert "400 rows, 55 customers, 200 orders, 2023-01-01 to 2023-12-28" in result.stdout
    assert "header in row 1" in result.stdout
    assert "Identify persons (not used): Nome do Cliente, E-mail" in result.stdout
    assert result.stdout.rstrip().endswith("clientela segment --dataset vendas --report report.html")


def test_the_written_file_is_a_valid_data_set(shop, tmp_path, root):
    target = tmp_path / "vendas.yaml"
    assert inspect(shop, "--write", target).exit_code == 0
    dataset = load_settings(str(target), conf=root / "conf").dataset
    assert dataset.source == str(shop.resolve())
    assert (dataset.decimal, dataset.delimiter, dataset.timestamp_format) == (",", ";", ("%d/%m/%Y",))
    assert dataset.columns["unit_price"] == "Preço Unitário"


def test_a_file_that_inspect_did_not_write_is_not_replaced(shop, tmp_path):
    target = tmp_path / "mine.yaml"
    target.write_text("name: mine\n")
    result = inspect(shop, "--write", target)
    assert result.exit_code == 2
    assert "must not name a file that clientela inspect did not write" in result.stderr
    assert target.read_text() == "name: mine\n"
    target.unlink()
    assert inspect(shop, "--write", target).exit_code == inspect(shop, "--write", target).exit_code == 0


def test_a_table_that_cannot_be_segmented_has_exit_code_1_and_writes_nothing(tmp_path):
    path, target = tmp_path / "items.csv", tmp_path / "items.yaml"
    path.write_text("product,price\n" + "".join(f"P{n % 30},{n}.50\n" for n in range(100)))
    result = inspect(path, "--write", target)
    assert result.exit_code == 1
    assert "Verdict: cannot be segmented." in result.stdout
    assert not target.exists()


def test_a_question_has_exit_code_0_and_an_answer_makes_the_file(tmp_path):
    path, target = tmp_path / "sales.csv", tmp_path / "sales.yaml"
    rows = "".join(f"{n % 60},{n % 12 + 1:02d}/{n % 11 + 1:02d}/2023,{n}.50\n" for n in range(300))
    path.write_text(f"customer,date,amount\n{rows}")
    asked = inspect(path, "--write", target)
    assert asked.exit_code == 0
    assert "No date of 'date' decides between day and month." in asked.stdout
    assert not target.exists()
    assert inspect(path, "--write", target, "--set", "dates=month-first").exit_code == 0
    assert yaml.safe_load(target.read_text())["timestamp_format"] == "%m/%d/%Y"


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\x03" * 99, b"PK\x03\x04 broken", b"a\nb\n", b'"', b"{}"])
@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".json", ".zip", ".parquet", ".csv.gz"])
def test_files_that_are_no_tables_give_one_error_or_a_verdict(tmp_path, content, ending):
    path = tmp_path / f"file{ending}"
    path.write_bytes(content)
    result = inspect(path)
    assert result.exit_code in (1, 2)
    if result.exit_code == 2:
        (message,) = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
        assert path.name in message or "source" in message
