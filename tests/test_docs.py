"""The documentation is true: commands, paths, examples and versions in it exist and work."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from clientela.cli import main
from clientela.settings import DatasetSettings

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FOLDERS = ("src", "conf", "tests", "experiments", "benchmarks", "deploy", "docs", "mlruns")
GENERATED = {"mlruns", "site"}


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def code_blocks(text: str, *languages: str) -> list[str]:
    """Fenced blocks of these languages; an empty language is a block without one."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for language, block in found if language in languages]


def shell_lines(text: str) -> list[list[str]]:
    """The commands of all shell blocks as lists of words, without comments and environment variables."""
    blocks = "\n".join(code_blocks(text, "", "sh", "bash")).replace("\\\n", " ")
    found = []
    for line in blocks.splitlines():
        if re.match(r"\s*(\w+=\S+ )*(clientela|mlflow run) ", line):
            words = shlex.split(line, comments=True)
            found.append(words[next(i for i, word in enumerate(words) if word in {"clientela", "mlflow"}) :])
    return found


COMMANDS = [words for page in PAGES for words in shell_lines(text_of(page))]
RUNS = [words for words in COMMANDS if words[:3] == ["mlflow", "run", "."]]
CLIENTELA = [words for words in COMMANDS if words[0] == "clientela"]


class TestReadme:
    def test_the_python_example_prints_what_the_readme_shows(self, tmp_path):
        (code,) = code_blocks(README, "python")
        (shown,) = code_blocks(README, "text")
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout == shown

    def test_the_example_of_customer_value_runs_after_it(self, tmp_path):
        (first,) = code_blocks(README, "python")
        (second,) = code_blocks(text_of(ROOT / "docs" / "customer-value.md"), "python")
        between = "mask = features['order_count'].to_numpy() > 5"
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        done = subprocess.run(
            [sys.executable, "-c", "\n".join([first, between, second])],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    @pytest.mark.parametrize("page", ["README.md", "docs/own-data.md", "docs/inicio-rapido.md"])
    def test_the_example_of_a_data_set_is_valid(self, page):
        example = code_blocks(text_of(ROOT / page), "yaml")[0]
        settings = DatasetSettings.model_validate(yaml.safe_load(example))
        assert settings.columns.keys() == {"customer_id", "order_id", "ordered_at", "amount"}

    def test_it_is_short(self):
        assert len(README.split()) < 1_000

    @pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
    def test_its_links_exist(self, page):
        links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text_of(ROOT / page))
        local = [link for link in links if "://" not in link]
        assert [link for link in local if not (ROOT / link).exists()] == []


class TestClientelaCommands:
    @pytest.mark.parametrize("words", CLIENTELA, ids=" ".join)
    def test_the_command_takes_these_options(self, words):
        command, arguments = main.commands[words[1]], words[2:]
        if isinstance(command, click.Group):
            command, arguments = command.commands[words[2]], words[3:]
        command.make_context(words[1], arguments)  # parses without running anything

    def test_every_mentioned_command_exists(self):
        mentioned = {
            name for page in PAGES for name in re.findall(r"`clientela ([a-z][\w-]*)", text_of(page)) if name != "NAME"
        }
        assert mentioned == set(main.commands)

    def test_every_command_has_an_example(self):
        assert {words[1] for words in CLIENTELA} == set(main.commands)


class TestMlflowCommands:
    def test_there_are_some(self):
        assert len(RUNS) >= 8

    @pytest.mark.parametrize("words", RUNS, ids=" ".join)
    def test_entry_point_and_parameters_exist(self, words):
        points = yaml.safe_load(text_of(ROOT / "MLproject"))["entry_points"]
        options = dict(zip(words[3::2], words[4::2], strict=True))
        point = points[options.get("-e", "main")]
        given = {
            value.partition("=")[0] for option, value in zip(words[3::2], words[4::2], strict=True) if option == "-P"
        }
        required = {name for name, kind in point["parameters"].items() if "default" not in kind}
        assert required <= given <= point["parameters"].keys()
        assert options.keys() <= {"-e", "-P", "--env-manager", "--experiment-name"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_named_path_exists(page):
    missing = []
    for name in re.findall(r"`([\w./-]+/[\w./-]*)`", text_of(page)):
        first = name.split("/")[0]
        if (
            first in FOLDERS
            and first not in GENERATED
            and not (ROOT / name).exists()
            and name != "conf/datasets/mine.yaml"
        ):
            missing.append(name)
    assert missing == []


def test_every_path_of_the_map_of_changes_exists():
    (rows,) = re.findall(r"^\| to change .*?\n\n", text_of(ROOT / "CONTRIBUTING.md"), re.MULTILINE | re.DOTALL)
    cells = [row.strip("|").split("|") for row in rows.strip().splitlines()[2:]]
    assert len(cells) > 20
    for _, code, tests, pages in cells:
        named = re.findall(r"`([^`]+)`", code)
        assert named
        for name in named:
            places = (ROOT / name, ROOT / "src" / "clientela" / name)
            products = [
                ROOT / "src" / "clientela" / product / name for product in ("segmentation", "insiders", "churn")
            ]
            assert any(place.exists() for place in places) or all(place.exists() for place in products), name
        for page in re.findall(r"`([^`]+\.md)`", pages):
            assert (ROOT / "docs" / page).is_file(), page
        for name in re.findall(r"`(tests[^`]*)`", tests):
            assert (ROOT / name).exists(), name


class TestSite:
    @pytest.fixture
    def config(self) -> dict[str, Any]:
        return yaml.safe_load(text_of(ROOT / "mkdocs.yml"))

    def pages(self, entry: Any) -> set[str]:
        if isinstance(entry, str):
            return {entry}
        values = entry.values() if isinstance(entry, dict) else entry
        return {page for value in values for page in self.pages(value)}

    def test_the_navigation_has_every_page(self, config):
        files = {file.relative_to(ROOT / "docs").as_posix() for file in (ROOT / "docs").rglob("*.md")}
        assert self.pages(config["nav"]) == files

    def test_every_documented_module_exists(self):
        for page in (ROOT / "docs" / "reference").glob("*.md"):
            for module in re.findall(r"^::: ([\w.]+)$", text_of(page), re.MULTILINE):
                path = ROOT / "src" / Path(*module.split("."))
                assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file(), module

    def test_nothing_is_loaded_from_another_host(self, config):
        assert not any(
            "://" in str(value) for key in ("extra_css", "extra_javascript") for value in config.get(key, [])
        )


def test_every_check_of_the_gate_is_documented():
    code = "".join(text_of(file) for file in (ROOT / "src" / "clientela").rglob("*.py"))
    page = text_of(ROOT / "docs" / "promotion.md")
    checks = set(re.findall(r'CheckResult\(\s*"(\w+)"', code))
    assert len(checks) > 8
    assert {name for name in checks if f"`{name}`" not in page} == set()


def test_the_changelog_begins_with_the_version_of_the_package():
    version = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["version"]
    newest = re.findall(r"^## (\d+\.\d+\.\d+) - (\d{4}-\d\d-\d\d)$", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert newest[0][0] == version
    assert [date for _, date in newest] == sorted((date for _, date in newest), reverse=True)


def test_the_image_tags_are_the_version_of_the_package():
    version = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["version"]
    for name in ("compose.yaml", "deploy/aws/server.json", "deploy/aws/mlflow.json", "docs/deployment.md"):
        tags = re.findall(r"(?:clientela|REPOSITORY):(\d+\.\d+\.\d+)", text_of(ROOT / name))
        assert set(tags) == {version}, name


def test_the_workflow_runs_what_the_project_runs():
    workflow = yaml.safe_load(text_of(ROOT / ".github" / "workflows" / "ci.yml"))
    (job,) = workflow["jobs"].values()
    assert ".ci/run" in [step.get("run") for step in job["steps"]]
    assert set(workflow[True]) == {"push", "pull_request"}  # YAML reads the key `on` as true
    oldest = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["requires-python"].removeprefix(">=")
    assert oldest in job["strategy"]["matrix"]["python"]
