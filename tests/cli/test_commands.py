"""The commands: each option is documented, and what they pass on, print and refuse."""

import json
import re
import shutil
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from clientela.cli import main
from clientela.cli.options import QUIET
from clientela.errors import ClientelaError, GateRefusal, InvalidData
from clientela.registry import Entry
from clientela.request import PromotionRequest, RunRequest
from clientela.serving.trial import Result

ROOT = Path(__file__).resolve().parents[2]
RESTART = "Restart mlflow models serve; the production server follows by itself.\n"

# Commands by the words behind `clientela`; a group has one per word that follows its name.
COMMANDS = {
    " ".join(words): found
    for name, command in main.commands.items()
    for words, found in (
        [((name, sub), own) for sub, own in command.commands.items()]
        if isinstance(command, click.Group)
        else [((name,), command)]
    )
}
OPTIONS = [
    (name, option.opts[0])
    for name, found in COMMANDS.items()
    for option in found.params
    if isinstance(option, click.Option) and option.opts[0] != "--help"
]
# The entry points of the MLproject, by the command that each runs.
POINTS = {
    {
        "main": "segment",
        "try_api": "try-api",
        "campaign_plan": "campaign plan",
        "campaign_simulate": "campaign simulate",
        "campaign_start": "campaign start",
        "campaign_measure": "campaign measure",
    }.get(point, point): definition
    for point, definition in yaml.safe_load((ROOT / "MLproject").read_text(encoding="utf-8"))["entry_points"].items()
}


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in the project's folder, and put back the variables that a command sets."""
    monkeypatch.chdir(ROOT)
    for name in QUIET:
        monkeypatch.setenv(name, "")


@pytest.fixture(scope="module")
def documentation() -> str:
    """The README and the pages of docs/, as one text."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


class TestProject:
    """The entry points of the MLproject have the commands' options."""

    # What only the command has: folders and files of this machine, secrets, and output for programs.
    ONLY_COMMAND = frozenset({"conf", "rejected", "json", "key"})

    def test_every_command_that_mlflow_can_run_is_an_entry_point(self):
        # MLflow stores parameters, and ids of customers must not be there.
        about_customers = {"forget", "vault write", "vault look-up", "vault reidentify"}
        others = {"demo", "serve", "ui", "init", "key new", "key list", "key remove"}
        assert COMMANDS.keys() - POINTS.keys() == about_customers | others

    @pytest.mark.parametrize("name", POINTS)
    def test_parameters_are_the_options_with_the_same_defaults(self, name):
        parameters = {
            key: given["default"] if isinstance(given, dict) else None
            for key, given in POINTS[name]["parameters"].items()
        }
        options = {option.opts[0].removeprefix("--").replace("-", "_"): option for option in COMMANDS[name].params}
        assert options.keys() - parameters.keys() <= self.ONLY_COMMAND
        assert parameters.keys() <= options.keys()
        for key, default in parameters.items():
            option = options[key]
            if default is None:
                assert option.required, key
            elif not option.multiple:
                assert str(option.default) == default, key


class TestDocumentation:
    @pytest.mark.parametrize(("name", "option"), OPTIONS, ids=lambda value: value)
    def test_every_option_is_documented(self, documentation, name, option):
        assert re.search(rf"{option}\b(?!-)", documentation), f"{option} of clientela {name}"

    @pytest.mark.parametrize("name", COMMANDS)
    def test_every_command_is_documented(self, documentation, name):
        assert re.search(rf"\bclientela {name}\b", documentation)

    def test_documented_commands_exist(self, documentation):
        assert (
            set(re.findall(r"(?:^|`)clientela ([a-z][a-z-]*)\b", documentation, re.MULTILINE)) <= main.commands.keys()
        )

    def test_every_parameter_of_the_project_is_documented(self, documentation):
        points = yaml.safe_load((ROOT / "MLproject").read_text(encoding="utf-8"))["entry_points"]
        for point, definition in points.items():
            for name in definition.get("parameters", {}):
                assert re.search(rf"-P {name}=|--{name.replace('_', '-')}\b", documentation), f"{point}: {name}"

    def test_every_entry_point_is_documented(self, documentation):
        points = yaml.safe_load((ROOT / "MLproject").read_text(encoding="utf-8"))["entry_points"]
        assert re.search(r"mlflow run \.(?! -e)", documentation)
        for point in points.keys() - {"main"}:
            assert re.search(rf"-e {point}\b", documentation), point

    def test_what_is_documented_is_there(self, documentation):
        points = yaml.safe_load((ROOT / "MLproject").read_text(encoding="utf-8"))["entry_points"]
        parameters = {name for definition in points.values() for name in definition.get("parameters", {})}
        assert set(re.findall(r"-P (\w+)=", documentation)) <= parameters
        assert set(re.findall(r"mlflow run \. -e (\w+)", documentation)) <= points.keys()

    def test_every_segment_name_is_documented(self):
        explained = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
        names = yaml.safe_load((ROOT / "conf" / "segment_names.yaml").read_text(encoding="utf-8"))["rules"]
        for rule in names:
            assert f"| {rule['name']['en']} | {rule['name']['pt-BR']} |" in explained

    def test_the_documented_targets_are_there(self, documentation):
        targets = re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        documented = set(re.findall(r"(?:`|^)make ([a-z]+)", documentation, re.MULTILINE))
        assert {"demo", "test"} <= documented <= set(targets)

    @pytest.mark.parametrize(("name", "option"), OPTIONS, ids=lambda value: value)
    def test_every_option_has_a_help(self, name, option):
        (parameter,) = [found for found in COMMANDS[name].params if option in found.opts]
        assert parameter.help
        assert parameter.help.endswith(".")


@pytest.fixture
def workflow(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A workflow that only notes what it was called with; `error` in it is raised."""
    noted: dict[str, Any] = {}

    def segment(request: RunRequest) -> dict[str, Any]:
        noted.update(vars(request))
        if "error" in noted:
            raise noted["error"]
        return {
            "segments": [
                {
                    "id": 1,
                    "name": {"en": "Champions", "pt-BR": "Campeões"},
                    "customers": 2,
                    "customer_share": 1.0,
                    "spend_share": 1.0,
                    "mean_spend": 5,
                }
            ],
            "model": "customer-segments",
            "version": "3",
            "alias": "challenger",
            "example_ids": ["17850", "A1"],
            "winner": {"name": "kmeans k=5"},
            "link": "http://127.0.0.1:5000/#/the-link",
            "report": None,
        }

    monkeypatch.setattr("clientela.workflows.segment.segment", segment)
    return noted


class TestSegment:
    def run(self, *arguments: str):
        return CliRunner().invoke(COMMANDS["segment"], arguments)

    def test_without_options_it_runs_the_demo(self, workflow):
        assert self.run().exit_code == 0
        echo = workflow.pop("echo")
        assert echo is click.echo
        assert workflow == {
            "dataset": "demo", "source": None, "customers": None, "as_of": None, "seed": 0, "conf": ROOT / "conf",
            "rejected": None, "language": "en", "report": None,
        }  # fmt: skip

    def test_every_option_reaches_the_workflow(self, workflow):
        done = self.run(
            *("--dataset", "mine.yaml", "--source", "a b.csv", "--as-of", "2024-01-31", "--seed", "7"),
            *("--rejected", "out.parquet", "--language", "pt-BR", "--report", "out.html"),
        )
        assert done.exit_code == 0
        del workflow["echo"], workflow["conf"], workflow["customers"]
        assert workflow == {
            "dataset": "mine.yaml", "source": "a b.csv", "as_of": "2024-01-31", "seed": 7,
            "rejected": Path("out.parquet"), "language": "pt-BR", "report": Path("out.html"),
        }  # fmt: skip

    def test_empty_values_are_none_as_the_project_passes_them(self, workflow):
        assert self.run("--source", "", "--as-of", "", "--rejected", "", "--report", "").exit_code == 0
        assert [workflow[name] for name in ("source", "as_of", "rejected", "report")] == [None] * 4

    def test_it_says_what_comes_next(self, workflow):
        printed = self.run().output
        for text in (
            "Champions",
            "customer-segments version 3 is registered as challenger",
            "clientela promote --version 3",
            "clientela score --output segments.xlsx",
            "http://127.0.0.1:5000/#/the-link",
            '[["17850"], ["A1"]]',
        ):
            assert text in printed

    def test_the_segments_are_listed_in_the_reports_language(self, workflow):
        assert "Campeões" in self.run("--language", "pt-BR").output

    def test_a_language_that_is_not_known_is_refused(self, workflow):
        done = self.run("--language", "de")
        assert done.exit_code == 2
        assert "--language" in done.stderr
        assert workflow == {}

    @pytest.mark.parametrize("seed", ["-1", "one", "1.5", ""])
    def test_a_seed_that_is_no_integer_from_0_is_refused(self, workflow, seed):
        done = self.run("--seed", seed)
        assert done.exit_code == 2
        assert "--seed" in done.stderr
        assert workflow == {}

    @pytest.mark.parametrize("kind", [ClientelaError, InvalidData])
    def test_a_users_mistake_is_one_line_without_a_stack_trace(self, workflow, kind):
        workflow["error"] = kind("The thing must be this. Got 'that' instead.")
        done = self.run()
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr == "Error: The thing must be this. Got 'that' instead.\n"

    def test_a_bug_is_not_hidden(self, workflow):
        workflow["error"] = ZeroDivisionError("a bug")
        done = self.run()
        assert done.exit_code == 1
        assert isinstance(done.exception, ZeroDivisionError)


class TestDemo:
    def test_it_is_segment_on_the_demo_shop(self, workflow):
        done = CliRunner().invoke(COMMANDS["demo"], ["--seed", "7", "--report", "out.html"])
        assert done.exit_code == 0
        assert (workflow["dataset"], workflow["seed"], workflow["report"]) == ("demo", 7, Path("out.html"))
        assert "customer-segments version 3 is registered as challenger" in done.output


class TestNextSteps:
    def test_mlflow_run_names_its_own_command_line(self, workflow, monkeypatch):
        monkeypatch.setattr("clientela.reporting.commands.STARTED_BY_MLFLOW_RUN", True)
        printed = CliRunner().invoke(COMMANDS["segment"], []).output
        assert "mlflow run . -e promote -P version=3 --env-manager local" in printed
        assert "mlflow run . -e score -P output=segments.xlsx --env-manager local" in printed

    def test_score_is_named_with_the_data_of_the_run(self, workflow):
        printed = (
            CliRunner().invoke(COMMANDS["segment"], ["--dataset", "my.yaml", "--source", "Online Retail.xlsx"]).output
        )
        assert "clientela score --output segments.xlsx --dataset my.yaml --source 'Online Retail.xlsx'\n" in printed


class TestSettingsFolder:
    def test_the_option_names_it(self, workflow, tmp_path):
        conf = shutil.copytree(ROOT / "conf", tmp_path / "settings")
        assert CliRunner().invoke(COMMANDS["segment"], ["--conf", str(conf)]).exit_code == 0
        assert workflow["conf"] == conf

    def test_another_folder_is_refused(self, workflow, tmp_path):
        done = CliRunner().invoke(COMMANDS["segment"], ["--conf", str(tmp_path)])
        assert done.exit_code == 2
        assert done.stderr == (
            "Error: The conf parameter must be a settings folder, with tracking.yaml and datasets in it. "
            f"Got '{tmp_path}' instead. The command clientela init writes one.\n"
        )
        assert workflow == {}


class TestInit:
    def test_it_writes_a_folder_that_the_commands_use(self, tmp_path):
        done = CliRunner().invoke(COMMANDS["init"], [str(tmp_path / "shop")])
        assert done.exit_code == 0, done.output
        assert f"Wrote conf, MLproject, .gitignore to {tmp_path / 'shop'}." in done.output

    def test_a_folder_that_holds_one_of_them_is_refused(self, tmp_path):
        (tmp_path / "MLproject").write_text("mine")
        done = CliRunner().invoke(COMMANDS["init"], [str(tmp_path)])
        assert done.exit_code == 2
        assert done.stderr.endswith(f"nothing is overwritten. {tmp_path} holds MLproject.\n")


class TestServe:
    @pytest.fixture
    def conf(self, tmp_path) -> Path:
        """Settings of a server that everybody may ask."""
        conf = shutil.copytree(ROOT / "conf", tmp_path / "conf")
        text = (conf / "server.yaml").read_text(encoding="utf-8")
        (conf / "server.yaml").write_text(text.replace("open: false", "open: true"), encoding="utf-8")
        return conf

    def run(self, monkeypatch, *arguments: str):
        started: list[tuple[str, list[str]]] = []
        monkeypatch.setattr("os.execv", lambda program, command: started.append((program, command)))
        return CliRunner().invoke(COMMANDS["serve"], arguments), started

    def test_it_becomes_gunicorn_with_the_settings_folder_and_gunicorns_own_options(self, conf, monkeypatch):
        done, started = self.run(monkeypatch, "--conf", str(conf), "--bind", "0.0.0.0:8000", "-w", "4")
        assert done.exit_code == 0, done.output
        settings = str(conf / "gunicorn.py")
        assert started == [
            (
                sys.executable,
                [sys.executable, "-m", "gunicorn", "-c", settings, "--bind", "0.0.0.0:8000", "-w", "4",
                 "clientela.serving.app:app"],
            )
        ]  # fmt: skip

    def test_a_settings_folder_without_gunicorns_is_refused(self, conf, monkeypatch):
        (conf / "gunicorn.py").unlink()
        done, started = self.run(monkeypatch, "--conf", str(conf))
        assert (done.exit_code, started) == (2, [])
        assert done.stderr == f"Error: The settings folder must hold gunicorn.py; {conf} does not.\n"

    def test_a_mistake_in_the_settings_is_one_sentence_and_starts_nothing(self, conf, monkeypatch):
        text = (conf / "server.yaml").read_text(encoding="utf-8")
        (conf / "server.yaml").write_text(text.replace("open: true", "open: false"), encoding="utf-8")
        done, started = self.run(monkeypatch, "--conf", str(conf))
        assert (done.exit_code, started) == (2, [])
        assert done.stderr == (
            f"Error: {conf}/server.yaml: keys must list at least one key (clientela key new NAME makes one), or open "
            "must be true, which lets everybody ask; got no keys and open: false\n"
        )

    def test_what_the_extra_brings_is_asked_for(self, monkeypatch):
        monkeypatch.setattr("clientela.cli.servers.EXTRA", ("not_installed",))
        done, started = self.run(monkeypatch)
        assert (done.exit_code, started) == (2, [])
        assert "needs not_installed. Install them with pip install 'clientela[server]'" in done.stderr


class TestUi:
    def test_it_becomes_mlflows_ui_with_the_projects_app_and_mlflows_own_options(self, monkeypatch):
        started: list[list[str]] = []
        monkeypatch.setattr("os.execv", lambda program, command: started.append(command))
        done = CliRunner().invoke(COMMANDS["ui"], ["--port", "5001"])
        assert done.exit_code == 0, done.output
        assert started == [[sys.executable, "-m", "mlflow", "ui", "--app-name", "clientela", "--port", "5001"]]


class TestRefresh:
    def test_every_option_reaches_the_workflow_and_it_says_what_comes_next(self, monkeypatch):
        noted: dict[str, Any] = {}
        summary = {
            "segments": [],
            "model": "customer-segments",
            "version": "3",
            "alias": "challenger",
            "as_of": "2024-02-01",
            "migration": {"from_version": "2"},
        }
        monkeypatch.setattr(
            "clientela.workflows.refresh.refresh", lambda request: noted.update(vars(request)) or summary
        )
        done = CliRunner().invoke(
            COMMANDS["refresh"],
            ["--dataset", "mine.yaml", "--source", "a b.csv", "--as-of", "2024-02-01", "--seed", "7"],
        )
        assert done.exit_code == 0
        assert noted == {
            **vars(RunRequest(dataset="mine.yaml", conf=ROOT / "conf")),
            "source": "a b.csv", "as_of": "2024-02-01", "seed": 7, "echo": click.echo,
        }  # fmt: skip
        assert "version 3 is registered as challenger, as of 2024-02-01, with the segments of version 2" in done.output
        assert "clientela promote --version 3" in done.output


class TestScore:
    def run(self, monkeypatch, *arguments: str):
        noted: dict[str, Any] = {}

        def score(request: RunRequest, **given: Any) -> dict[str, Any]:
            noted.update(vars(request) | given)
            table = pd.DataFrame({"segment_id": [1, 1, 2], "segment": ["Champions", "Champions", "Lost"]})
            return {"model": "m", "version": "3", "rows": 3, "output": "/there/out.csv", "table": table}

        monkeypatch.setattr("clientela.workflows.score.score", score)
        return CliRunner().invoke(COMMANDS["score"], arguments), noted

    def test_every_option_reaches_the_workflow(self, monkeypatch):
        done, noted = self.run(
            monkeypatch,
            *("--dataset", "mine.yaml", "--source", "a b.csv", "--output", "out.csv", "--as-of", "2024-02-01"),
            *("--version", "2", "--treatment", "0.9", "--language", "pt-BR", "--seed", "7"),
        )
        assert done.exit_code == 0
        assert noted == {
            **vars(RunRequest(dataset="mine.yaml", conf=ROOT / "conf")),
            "source": "a b.csv", "output": "out.csv", "as_of": "2024-02-01", "version": "2",
            "treatment": 0.9, "language": "pt-BR", "seed": 7, "echo": click.echo,
        }  # fmt: skip

    def test_empty_values_are_none_and_it_says_what_was_written(self, monkeypatch):
        done, noted = self.run(
            monkeypatch, "--output", "out.csv", "--source", "", "--version", "", "--treatment", "", "--as-of", ""
        )
        assert [noted[name] for name in ("source", "version", "treatment", "as_of")] == [None] * 4
        assert [line.split() for line in done.output.splitlines()[:3]] == [
            ["segment", "customers"],
            ["Champions", "2"],
            ["Lost", "1"],
        ]
        assert "3 customers, by m version 3: /there/out.csv" in done.output

    @pytest.mark.parametrize("treatment", ["0", "1", "-0.1", "1.5", "90%", "nan", "inf"])
    def test_a_treatment_that_is_no_share_is_refused(self, monkeypatch, treatment):
        done, noted = self.run(monkeypatch, "--output", "out.csv", "--treatment", treatment)
        assert done.exit_code == 2
        assert done.stderr == (
            f"Error: The treatment parameter must be a share between 0 and 1. Got {treatment!r} instead.\n"
        )
        assert noted == {}

    def test_the_output_is_required(self, monkeypatch):
        done, _ = self.run(monkeypatch)
        assert done.exit_code == 2
        assert "Missing option '--output'" in done.stderr


class TestPromote:
    def run(self, monkeypatch, *arguments: str, **result: Any):
        noted: dict[str, Any] = {}
        given = {"model": "customer-segments", "version": "2", "replaced": "1", "overruled": [], **result}

        def promote(version: str, request: PromotionRequest) -> dict[str, Any]:
            noted.update(vars(request), version=version)
            if "error" in result:
                raise result["error"]
            return given

        monkeypatch.setattr("clientela.workflows.promote.promote", promote)
        return CliRunner().invoke(COMMANDS["promote"], ["--version", "2", *arguments]), noted

    def test_without_options_nothing_is_forced_and_it_says_what_stands(self, monkeypatch):
        done, noted = self.run(monkeypatch)
        assert noted.pop("echo") is click.echo
        assert noted == {"version": "2", "force": False, "reason": None, "conf": ROOT / "conf", "model": None}
        assert done.stdout == (
            "Version 2 of customer-segments is the champion; version 1 is kept as previous. " + RESTART
        )

    @pytest.mark.parametrize(
        ("arguments", "force"),
        [
            (["--force"], True),
            (["--force", "true"], True),
            (["--force", "True"], True),
            (["--force", "false"], False),
            (["--force=1"], True),
        ],
    )
    def test_force_is_a_flag_or_a_word_as_the_project_passes_it(self, monkeypatch, arguments, force):
        _, noted = self.run(monkeypatch, *arguments, "--reason", "the others left")
        assert (noted["force"], noted["reason"]) == (force, "the others left")

    def test_another_word_is_refused(self, monkeypatch):
        done, noted = self.run(monkeypatch, "--force", "perhaps")
        assert (done.exit_code, noted) == (2, {})
        assert "--force" in done.stderr

    def test_what_was_overruled_is_said(self, monkeypatch):
        done, _ = self.run(monkeypatch, overruled=["covers", "fresh"])
        assert "kept as previous. Overruled: covers, fresh. Restart" in done.stdout

    def test_without_a_champion_before(self, monkeypatch):
        done, _ = self.run(monkeypatch, replaced=None)
        assert "there was none before" in done.stdout

    def test_a_refusal_is_told_with_each_failed_check(self, monkeypatch):
        done, _ = self.run(monkeypatch, error=GateRefusal("Version 2 must pass.\n  covers: It knows few."))
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr == "Error: Version 2 must pass.\n  covers: It knows few.\n"

    def test_the_version_is_required(self):
        done = CliRunner().invoke(COMMANDS["promote"], [])
        assert done.exit_code == 2
        assert "Missing option '--version'" in done.stderr


class TestRollback:
    @pytest.mark.parametrize(("arguments", "reason"), [([], None), (["--reason", ""], None), (["--reason", "x"], "x")])
    def test_it_moves_the_alias_back_and_says_so(self, monkeypatch, arguments, reason):
        noted: dict[str, Any] = {}
        done = {"model": "customer-segments", "version": "1", "replaced": "2", "overruled": []}
        monkeypatch.setattr("clientela.workflows.promote.rollback", lambda request: noted.update(vars(request)) or done)
        assert CliRunner().invoke(COMMANDS["rollback"], arguments).stdout == (
            "Version 1 of customer-segments is the champion again; version 2 is kept as previous. " + RESTART
        )
        assert (noted["force"], noted["reason"], noted["conf"]) == (False, reason, ROOT / "conf")

    def test_it_tells_what_force_overruled(self, monkeypatch):
        noted: dict[str, Any] = {}
        done = {"model": "customer-segments", "version": "1", "replaced": None, "overruled": ["contents"]}
        monkeypatch.setattr("clientela.workflows.promote.rollback", lambda request: noted.update(vars(request)) or done)
        said = CliRunner().invoke(COMMANDS["rollback"], ["--force", "--reason", "x"]).stdout
        assert "is the champion again. Overruled: contents." in said
        assert noted["force"] is True


class TestHistory:
    ENTRY = Entry(
        at="2026-01-02T03:04:05.000006+00:00",
        who="ana",
        action="promote",
        alias="champion",
        from_version="1",
        to_version="2",
        reason="São João",
        forced=True,
        state="done",
        gates=[{"name": "covers", "passed": False, "sentence": "few"}, {"name": "fresh", "passed": True}],
    )

    def run(self, monkeypatch, entries: list[Entry], *arguments: str):
        asked: list[tuple[str, int]] = []

        def history(model: str, *, limit: int) -> list[Entry]:
            asked.append((model, limit))
            return entries

        monkeypatch.setattr("clientela.registry.history", history)
        return CliRunner().invoke(COMMANDS["history"], arguments), asked

    def test_a_table_with_the_failed_checks(self, monkeypatch):
        begun = replace(self.ENTRY, state="begun", forced=False, gates=[], reason=None, from_version=None)
        done, asked = self.run(monkeypatch, [self.ENTRY, begun])
        assert asked == [("customer-segments", 20)]
        assert [re.split(r" {2,}", line) for line in done.stdout.splitlines()] == [
            ["when", "who", "action", "alias", "from", "to", "state", "failed", "reason"],
            ["2026-01-02 03:04:05Z", "ana", "promote, forced", "champion", "1", "2", "done", "covers", "São João"],
            ["2026-01-02 03:04:05Z", "ana", "promote", "champion", "-", "2", "unfinished"],
        ]

    def test_json_lines_for_machines(self, monkeypatch):
        done, asked = self.run(monkeypatch, [self.ENTRY, self.ENTRY], "--json", "--limit", "2")
        assert asked == [("customer-segments", 2)]
        assert [json.loads(line) for line in done.stdout.splitlines()] == [asdict(self.ENTRY)] * 2

    def test_of_another_model(self, monkeypatch):
        assert self.run(monkeypatch, [], "--model", "insiders")[1] == [("insiders", 20)]

    def test_nothing_yet(self, monkeypatch):
        assert self.run(monkeypatch, [])[0].stdout == "No alias has been changed yet.\n"
        assert self.run(monkeypatch, [], "--json")[0].stdout == ""

    @pytest.mark.parametrize("limit", ["0", "-1", "x"])
    def test_a_limit_that_is_none_is_refused(self, monkeypatch, limit):
        done, asked = self.run(monkeypatch, [], "--limit", limit)
        assert (done.exit_code, asked) == (2, [])


class TestTryApi:
    RESULTS = (
        Result("GET /version", "model", 200, 1.25, "passed", ""),
        Result("GET /segments", "names", None, None, "not tried", "because"),
    )

    def run(self, monkeypatch, *arguments: str, results: tuple[Result, ...] = RESULTS, **environment: str):
        noted: dict[str, Any] = {}

        def try_api(url: str, **given: Any) -> tuple[str, list[Result]]:
            noted.update(url=url, **given)
            return "a server", list(results)

        monkeypatch.setattr("clientela.serving.trial.try_api", try_api)
        return CliRunner().invoke(COMMANDS["try-api"], ["http://x", *arguments], env=environment), noted

    def test_a_table_and_the_counts(self, monkeypatch):
        done, noted = self.run(monkeypatch)
        assert done.exit_code == 0
        assert noted == {"url": "http://x", "key": "", "ids": []}
        assert [re.split(r" {2,}", line) for line in done.stdout.splitlines()] == [
            ["a server"],
            [""],
            ["request", "tried", "status", "ms", "result", "why"],
            ["GET /version", "model", "200", "1.250", "passed"],
            ["GET /segments", "names", "not tried", "because"],
            [""],
            ["1 passed, 0 failed, 1 not tried."],
        ]

    def test_what_failed_makes_it_exit_with_1(self, monkeypatch):
        wrong = replace(self.RESULTS[0], result="failed", why="the status must be 200; it is 500")
        done, _ = self.run(monkeypatch, results=(*self.RESULTS, wrong))
        assert done.exit_code == 1
        assert "the status must be 200; it is 500" in done.stdout
        assert "1 passed, 1 failed, 1 not tried." in done.stdout

    def test_keys_and_ids_and_empty_ones_as_the_project_passes_them(self, monkeypatch):
        assert self.run(monkeypatch, "--key", "k", "--id", "1", "--id", "")[1]["ids"] == ["1"]
        assert self.run(monkeypatch, "--key", "k", CLIENTELA_KEY="other")[1]["key"] == "k"
        assert self.run(monkeypatch, CLIENTELA_KEY="other")[1]["key"] == "other"

    def test_a_server_that_is_none_is_told_in_one_line(self):
        done = CliRunner().invoke(COMMANDS["try-api"], ["ftp://x"])
        assert (done.exit_code, done.stdout) == (2, "")
        assert (
            done.stderr
            == "Error: The URL must be like http://127.0.0.1:8000 or https://HOST/PATH. Got 'ftp://x' instead.\n"
        )


class TestChurn:
    SUMMARY = {  # noqa: RUF012
        "model": "customer-churn", "version": "2", "alias": "challenger", "example_ids": ["7"], "link": "http://x",
        "report": None, "winner": {"name": "logistic_regression"}, "risk": {"customers_to_call": 724, "profit": 4963.4},
        "data": {"scored": 4052},
    }  # fmt: skip

    def run(self, monkeypatch, *options):
        noted: dict[str, Any] = {}

        def churn(request: RunRequest) -> dict[str, Any]:
            noted.update(vars(request))
            return self.SUMMARY

        monkeypatch.setattr("clientela.workflows.churn.churn", churn)
        return CliRunner().invoke(COMMANDS["churn"], options), noted

    def test_without_options_it_runs_the_telecom(self, monkeypatch):
        result, noted = self.run(monkeypatch)
        assert result.exit_code == 0, result.output
        assert (noted["dataset"], noted["source"], noted["customers"], noted["seed"]) == ("telecom", None, None, 0)
        assert "A call pays for 724 of 4,052 customers, 4,963 is expected." in result.output
        assert "clientela promote --model customer-churn --version 2" in result.output
        assert "clientela score --model customer-churn --output churn.xlsx --dataset telecom\n" in result.output

    def test_transactions_are_the_source(self, monkeypatch):
        _, noted = self.run(monkeypatch, "--transactions", "t.csv", "--customers", "c.csv", "--language", "pt-BR")
        assert (noted["source"], noted["customers"], noted["language"]) == ("t.csv", "c.csv", "pt-BR")

    def test_two_sources_are_refused(self, monkeypatch):
        result, noted = self.run(monkeypatch, "--transactions", "t.csv", "--source", "s.csv")
        assert result.exit_code == 2
        assert "are the same thing. Got 's.csv' and 't.csv'." in result.output
        assert noted == {}


class TestScoreOfChurn:
    def test_the_model_decides_what_is_written(self, monkeypatch):
        noted: dict[str, Any] = {}

        def score_churn(request: RunRequest, **given: Any) -> dict[str, Any]:
            noted.update(vars(request) | given)
            table = pd.DataFrame({"band": ["high", "low", "low"]})
            return {"model": "customer-churn", "version": "1", "rows": 3, "output": "x.csv", "table": table}

        monkeypatch.setattr("clientela.workflows.churn_score.score_churn", score_churn)
        options = ("--model", "customer-churn", "--output", "x.csv", "--customers", "c.csv")
        result = CliRunner().invoke(COMMANDS["score"], options)
        assert result.exit_code == 0, result.output
        assert (noted["output"], noted["customers"]) == ("x.csv", "c.csv")
        assert "3 customers, scored by customer-churn version 1: x.csv" in result.output

    @pytest.mark.parametrize(
        "options, says",
        [
            (("--model", "customer-churn", "--treatment", "0.9"), "treatment parameter is for segments only"),
            (("--customers", "c.csv"), "customers parameter is for the churn model only"),
            (("--model", "x"), "must be customer-segments or customer-churn. Got 'x'"),
        ],
    )
    def test_what_does_not_go_together_is_refused(self, options, says):
        result = CliRunner().invoke(COMMANDS["score"], ("--output", "x.csv", *options))
        assert result.exit_code == 2
        assert says in result.output
