"""Every page is followed literally: the shell commands of each page run in order, or a named test runs them.

The commands of `clientela` run in this process, because a process of its own imports for five seconds. Each data set
has a folder, as a user has one for a shop, that `clientela init` has filled; all pages share it. Its settings compare
fewer candidates, and the data sets are small.
"""

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from clientela.cli import main
from clientela.data.demo import generate_demo
from clientela.settings.folder import copy_conf

from ..workflows.conftest import CANDIDATES, EVALUATION, LENIENT

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
# A reader begins with these; then come the pages that need a champion and a challenger.
FIRST = ("quickstart.md", "inicio-rapido.md", "forecast.md", "report.md", "promotion.md")
PAGES = [
    ROOT / "README.md",
    *(ROOT / "docs" / name for name in FIRST),
    *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name not in FIRST),
]
# Programs whose lines are commands; other blocks without a language are output and drawings.
PROGRAMS = (
    "clientela", "mlflow", "make", "curl", "gunicorn", "python", "pip", "cd", ".", "docker", "aws", "gcloud",
    "az", "sudo", "apt-get", "useradd", "git", "python3", "cp", "systemctl", "install", "for", "printf", "uv",
)  # fmt: skip
# Commands that do not run here: how they begin, the test that runs or checks them, and why it is not here.
COVERED = (
    ("make ", "test_docs.py", "the targets exist; make demo is the command clientela demo, make test is this"),
    (". .venv/bin/activate", "end_to_end/test_wheel.py", "the tests run in an environment of their own"),
    ("mlflow run .", "test_docs.py", "entry points and parameters exist; test_project.py runs the README's line"),
    ("mlflow models serve", "end_to_end/test_serving.py", "a server that does not end"),
    ("curl http://127.0.0.1:5001/", "end_to_end/test_serving.py", "needs that server"),
    ("curl http://127.0.0.1:8000/", "end_to_end/test_server.py", "needs the production server"),
    ("curl ", "end_to_end/test_docs_api.py", "runs each example of api.md on both servers"),
    ("clientela ui", "end_to_end/test_ui.py", "a server that does not end"),
    ("clientela serve", "end_to_end/test_server.py", "a server that does not end"),
    ("clientela try-api", "end_to_end/test_server.py", "needs that server"),
    ("gunicorn ", "end_to_end/test_server.py", "a server that does not end"),
    ("pip install", "end_to_end/test_wheel.py", "installs a wheel into an environment"),
    ("docker ", "test_deployment.py", "checked, not run: no Docker in the tests"),
    ("install -m", "test_deployment.py", "of the guide for Docker"),
    ("aws ", "test_deployment.py", "checked, not run: needs an account"),
    ("gcloud ", "test_deployment.py", "checked, not run: needs an account"),
    ("printf '", "end_to_end/test_docs_api.py", "runs each example of api.md on both servers"),
    ("printf %s", "test_deployment.py", "of the guide for Google Cloud"),
    ("for NAME in", "test_deployment.py", "of the guide for Google Cloud"),
    ("az ", "test_deployment.py", "checked, not run: needs an account"),
    ("apt-get ", "test_deployment.py", "of the guide for a machine, whose units are checked"),
    ("useradd ", "test_deployment.py", "of the same guide"),
    ("sudo ", "test_deployment.py", "of the same guide"),
    ("git clone", "test_deployment.py", "of the same guide"),
    ("python3 -m venv", "test_deployment.py", "of the same guide"),
    ("cp deploy/", "test_deployment.py", "of the same guide"),
    ("systemctl ", "test_deployment.py", "of the same guide"),
    ("cd /opt/clientela", "test_deployment.py", "of the same guide"),
    ("cd my-shop", "end_to_end/test_wheel.py", "a folder of one's own is used by the commands that run in it"),
    ("python benchmarks/", "benchmarks", "takes minutes on data sets that are not in the repository"),
    ("clientela inspect s3://", "data", "needs a bucket"),
    ('clientela segment --dataset mine --source "s3://', "data", "needs a bucket"),
    ("clientela score --dataset mine --source sales.csv --output postgresql://", "exports", "needs a server"),
    ("clientela campaign", "workflows/test_campaigns.py", "needs a campaign that is over"),
    ("clientela churn", "workflows/test_churn.py", "runs both forms, and one without labels, on the same small files"),
    ("clientela score --model customer-churn", "end_to_end/test_churn.py", "runs this line"),
    ("clientela promote --model customer-churn", "workflows/test_promote.py", "needs two versions of the churn model"),
    ("clientela segment --dataset online_retail", "golden/test_online_retail.py", "needs the published file"),
    ("clientela segment --dataset retail_transactions", "golden/test_retail_transactions.py", "needs the file"),
    ("clientela refresh --dataset online_retail", "workflows/test_refresh.py", "needs a champion of that shop"),
    ("clientela insiders", "workflows/test_insiders.py", "runs these options on a small shop, which takes long"),
    ("clientela forget", "workflows/test_forget.py", "needs a list of ids and a store of its own"),
    ("clientela vault", "test_pseudonyms.py", "needs a shop with pseudonyms and their key"),
    ("clientela renew", "workflows/test_renew.py", "needs new data"),
    ('clientela inspect "postgresql://', "data/sources", "needs a database"),
    ("clientela segment --dataset mine --source shop.sqlite", "data/sources", "needs a database"),
    ("clientela monitor", "workflows/test_monitor.py", "needs a history with a champion before its last month"),
)  # fmt: skip


@dataclass(frozen=True)
class Command:
    page: str
    line: str

    @property
    def covered(self) -> tuple[str, str, str] | None:
        """The entry of COVERED that the line belongs to."""
        return next((entry for entry in COVERED if self.line.startswith(entry[0])), None)

    @property
    def words(self) -> list[str]:
        """The words behind `clientela`, as the shell gives them."""
        return shlex.split(self.line, comments=True)[1:]

    @property
    def dataset(self) -> str:
        """The data set whose folder the command runs in: the demo shop's unless it names one."""
        if self.words[0] == "key":
            return f"keys-{self.page}"
        if named := re.search(r"--dataset (?:conf/datasets/)?(\w+)", self.line):
            return named[1]
        return "mine" if self.words[0] == "inspect" else "demo"

    def __str__(self) -> str:
        return f"{self.page}: {self.line}"


def blocks_of(page: Path) -> Iterator[list[str]]:
    """The lines of each shell block, with continued lines joined."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for language, block in blocks:
        if language in ("", "sh", "bash"):
            yield block.replace("\\\n", " ").splitlines()


def commands_of(page: Path) -> Iterator[Command]:
    """The commands of a page's shell blocks in their order."""
    for block in blocks_of(page):
        for line in block:
            if set_first := re.match(r"(?:export )?\w+=\$\((clientela .*?)\)", line):
                line = set_first[1]
            line = re.sub(r"^(\w+=\S+ )+", "", line.strip())
            line = line.removeprefix(".venv/bin/").replace("docker compose run --rm --no-deps server ", "docker ")
            if line.split(" ")[0] in PROGRAMS:
                yield Command(page.name, re.sub(r" +", " ", line))


COMMANDS = [command for page in PAGES for command in commands_of(page)]


def _distinct(commands: list[Command]) -> list[Command]:
    """The commands without those that are the same, or have no option that an earlier comparison did not have."""
    found: dict[tuple[str, str], Command] = {}
    tried: dict[tuple[str, str], set[str]] = {}
    for command in commands:
        options = {word for word in command.words if word.startswith("--") and word != "--dataset"}
        before = tried.setdefault((command.dataset, command.words[0]), set())
        if command.words[0] in ("demo", "segment") and options < before:
            continue
        before |= options
        found.setdefault((command.dataset, command.line), command)
    return list(found.values())


RUN = _distinct([command for command in COMMANDS if not command.covered])


@pytest.fixture(scope="module")
def folders(tmp_path_factory, fresh_store) -> Callable[[str], Path]:
    """The folder of a data set, with the files that the pages say a user has."""
    demo = generate_demo(customers=400).transactions.to_pandas()
    made: dict[str, Path] = {}

    def folder(dataset: str) -> Path:
        if dataset not in made:
            made[dataset] = tmp_path_factory.mktemp(dataset)
            _write_settings(made[dataset])
            _write_files(made[dataset], demo)
        return made[dataset]

    return folder


def _write_settings(folder: Path) -> None:
    """What `clientela init` writes, with fewer candidates and small sources."""
    conf = folder / "conf"
    copy_conf(conf)

    def change(name: str, **changes: object) -> None:
        content = yaml.safe_load((conf / name).read_text(encoding="utf-8"))
        (conf / name).write_text(yaml.safe_dump({**content, **changes}, allow_unicode=True), encoding="utf-8")

    (conf / "candidates.yaml").write_text(yaml.safe_dump(CANDIDATES))
    (conf / "evaluation.yaml").write_text(yaml.safe_dump({**EVALUATION, "pictures": "shortlist"}))
    change("selection.yaml", **LENIENT)
    change("datasets/demo.yaml", source="demo.csv")


def _write_files(folder: Path, demo: pd.DataFrame) -> None:
    demo.to_csv(folder / "demo.csv", index=False)
    orders = demo.assign(total=demo["quantity"] * demo["unit_price"]).dropna(subset=["customer_id"])
    orders = orders.groupby(["customer_id", "invoice"], as_index=False).agg(
        date=("invoice_date", "min"), total=("total", "sum")
    )
    orders = orders[orders["total"] > 0]
    plain = {
        "Client": orders["customer_id"].astype(int),
        "Invoice": orders["invoice"],
        "Date": orders["date"].dt.strftime("%d/%m/%Y"),
        "Total": orders["total"].map("{:.2f}".format).str.replace(".", ",", regex=False),
    }
    pd.DataFrame(plain).to_csv(folder / "sales.csv", sep=";", index=False)
    portuguese = dict(zip(("Cliente", "Pedido", "Data", "Valor"), plain.values(), strict=True))
    pd.DataFrame({**portuguese, "Valor": orders["total"].round(2)}).to_csv(folder / "vendas.csv", index=False)
    page = (ROOT / "docs" / "inicio-rapido.md").read_text(encoding="utf-8")
    (folder / "minha_loja.yaml").write_text(re.search(r"^```yaml\n(.*?)^```$", page, re.M | re.S)[1], encoding="utf-8")


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("command", RUN, ids=str)
def test_a_command_of_a_page_runs(command, folders, fresh_store):
    with fresh_store(folders(command.dataset)):
        done = CliRunner().invoke(main, command.words)
    # doctor also finds what other processes of the machine have left.
    expected = (0, 1) if command.line == "clientela doctor" else (0,)
    assert done.exit_code in expected, f"{done.stderr or done.output}\n{done.exception!r}"


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "api.md"], ids=lambda page: page.name)
def test_every_line_of_a_block_of_commands_is_a_known_command(page):
    for block in blocks_of(page):
        if block[0].split(" ")[0] in PROGRAMS:
            unknown = [line for line in block if not re.match(r"\s*(#|$|(export )?\w+=)", line)]
            assert [
                line for line in unknown if line.strip().split(" ")[0].removeprefix(".venv/bin/") not in PROGRAMS
            ] == []


def test_every_page_with_commands_is_followed():
    followed = {command.page for command in COMMANDS}
    assert followed >= {page.name for page in PAGES if "```\nclientela" in page.read_text(encoding="utf-8")}
    assert len(RUN) > 20


@pytest.mark.parametrize("entry", COVERED, ids=lambda entry: entry[0])
def test_what_is_covered_elsewhere_is_on_a_page_and_has_its_test(entry):
    assert any(command.covered == entry for command in COMMANDS)
    assert (ROOT / "tests" / entry[1]).exists()
