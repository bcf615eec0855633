"""The image, the compose file and the rest of deploy/: what a linter of their own does not know."""

import importlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from clientela.cli.servers import APP

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
DOCS = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
IMAGE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
COMPOSE_TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("clientela:")]
UNITS = sorted((ROOT / "deploy").glob("*.service"))
TASKS = sorted((ROOT / "deploy" / "aws").glob("*.json"))
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def instructions(name: str) -> list[str]:
    return [line.split(maxsplit=1)[1].strip() for line in IMAGE.splitlines() if line.startswith(f"{name} ")]


def unit(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def variables() -> dict[str, set[str]]:
    """Where -> the names of the variables of MLflow that it sets."""
    names_by_place = {f"compose {name}": set(service.get("environment", {})) for name, service in SERVICES.items()}
    names_by_place |= {path.name: {line.partition("=")[0] for line in unit(path)["Environment"]} for path in UNITS}
    names_by_place |= {
        path.name: {pair["name"] for container in json.loads(path.read_text())["containerDefinitions"]
                    for pair in [*container.get("environment", []), *container.get("secrets", [])]}
        for path in TASKS
    }  # fmt: skip
    names_by_place["the image"] = set(re.findall(r"\b([A-Z_]+)=", " ".join(instructions("ENV"))))
    names_by_place["the guide"] = set(re.findall(r"\b(MLFLOW_[A-Z_]+)\b", DOCS))
    return {where: {name for name in names if name.startswith("MLFLOW_")} for where, names in names_by_place.items()}


class TestImage:
    def test_the_user_is_not_root_and_given_by_number(self):
        (user,) = instructions("USER")
        assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
        assert f"--uid {user.partition(':')[0]} " in IMAGE

    def test_the_base_is_pinned_to_a_patch_release(self):
        tag = instructions("ARG")[0].removeprefix("PYTHON=")
        assert re.fullmatch(r"3\.\d+\.\d+-slim-[a-z]+", tag)
        assert all(base.startswith("python:${PYTHON}") for base in instructions("FROM"))

    def test_what_is_installed_is_locked(self):
        (install,) = (line for line in instructions("RUN") if ".[server,postgres]" in line)
        assert "--constraint requirements.lock" in install

    def test_its_command_starts_the_production_server(self):
        command = json.loads(instructions("CMD")[0])
        assert command[:2] == ["clientela", "serve"]
        assert (ROOT / command[command.index("--conf") + 1] / "gunicorn.py").is_file()
        assert command[command.index("--bind") + 1] == "0.0.0.0:8000"
        module, _, attribute = APP.partition(":")
        assert attribute == "app"
        assert hasattr(importlib.import_module(module), "make_app")  # which makes `app` when it is asked for

    def test_its_health_check_asks_an_address_of_the_server_without_another_program(self):
        (check,) = instructions("HEALTHCHECK")
        command = json.loads(check.partition("CMD ")[2])
        assert command[0] == "python"
        compile(command[2], "health check", "exec")
        assert ":8000/health'" in command[2]
        assert instructions("EXPOSE") == ["8000"]

    def test_what_is_copied_is_there_and_not_ignored(self):
        kept = {
            line[1:]
            for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
            if line.startswith("!")
        }
        copied = {
            source for line in instructions("COPY") if not line.startswith("--from") for source in line.split()[:-1]
        }
        assert copied == kept
        assert [name for name in copied if not (ROOT / name).exists()] == []

    def test_no_secret_can_get_in(self):
        ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        assert ignored[1] == "*"
        assert "/.env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


class TestCompose:
    def test_it_is_what_the_specification_allows(self):
        done = subprocess.run(
            [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", ROOT / "compose.yaml"],
            capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout

    @pytest.mark.parametrize("name", SERVICES)
    def test_images_are_pinned(self, name):
        repository, _, tag = SERVICES[name]["image"].partition(":")
        assert tag == VERSION if name in OURS else re.match(r"\d+\.\d+", tag), (repository, tag)

    @pytest.mark.parametrize("name", SERVICES)
    def test_services_can_do_no_harm(self, name):
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert service.get("user", "image's own") not in ("root", "0")
        assert not service.get("privileged")
        assert "user" in service or name in OURS

    @pytest.mark.parametrize("name", SERVICES)
    def test_ports_are_published_on_loopback_only(self, name):
        assert [port for port in SERVICES[name].get("ports", []) if not port.startswith("127.0.0.1:")] == []

    def test_the_database_is_reached_by_the_tracking_server_only(self):
        assert "ports" not in SERVICES["postgres"]
        assert SERVICES["postgres"]["networks"] == ["store"]
        assert COMPOSE["networks"]["store"]["internal"] is True
        assert [name for name, service in SERVICES.items() if "store" in service.get("networks", [])] == [
            "postgres", "mlflow",
        ]  # fmt: skip

    @pytest.mark.parametrize("name", ["postgres", "mlflow", "server"])
    def test_who_runs_always_has_a_health_check_and_comes_back(self, name):
        assert SERVICES[name]["restart"] == "unless-stopped"
        # The server has the image's own.
        assert name == "server" or SERVICES[name]["healthcheck"]["test"][0] == "CMD"

    def test_each_waits_for_what_it_needs(self):
        waits = {name: service.get("depends_on", {}) for name, service in SERVICES.items()}
        assert waits["mlflow"] == {"postgres": {"condition": "service_healthy"}}
        assert waits["server"] == waits["job"] == {"mlflow": {"condition": "service_healthy"}}

    def test_there_is_no_password_but_the_one_that_must_be_given(self):
        given = re.findall(r"\$\{(\w+)([^}]*)\}", COMPOSE_TEXT)
        assert {name for name, _ in given} == {"POSTGRES_PASSWORD"}
        assert all(rule.startswith(":?") for _, rule in given), "a default"
        literal = [
            value
            for service in SERVICES.values()
            for key, value in service.get("environment", {}).items()
            if "PASSWORD" in key and not value.startswith("${")
        ]
        assert literal == []
        assert not re.search(r"://[^/\s:]+:[^/\s@]+@", COMPOSE_TEXT)

    def test_the_example_has_each_variable_and_no_value(self):
        required = set(re.findall(r"\$\{(\w+)", COMPOSE_TEXT))
        lines = (ROOT / "deploy" / "env.example").read_text(encoding="utf-8").splitlines()
        example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
        assert example == dict.fromkeys(required, "")

    def test_named_volumes_are_declared_and_mounted_folders_are_the_images(self):
        mounts = [mount.split(":") for service in SERVICES.values() for mount in service.get("volumes", [])]
        assert {source for source, *_ in mounts if not source.startswith(".")} == set(COMPOSE["volumes"])
        assert all(rest[-1] == "ro" for source, *rest in mounts if source.startswith("."))
        assert "clientela /artifacts" in IMAGE, "a new volume takes over whose the folder is"

    def test_the_tracking_server_knows_the_name_it_is_called_by(self):
        (allowed,) = (word for word in SERVICES["mlflow"]["command"] if word.startswith("--allowed-hosts="))
        for client in ("server", "job"):
            address = SERVICES[client]["environment"]["MLFLOW_TRACKING_URI"]
            assert address.removeprefix("http://") in allowed.partition("=")[2].split(",")

    def test_the_job_runs_an_entry_point(self):
        points = yaml.safe_load((ROOT / "MLproject").read_text(encoding="utf-8"))["entry_points"]
        assert SERVICES["job"]["command"][1] in points
        for point in re.findall(r"(?:job|mlflow run \.) -e (\w+)", DOCS + COMPOSE_TEXT):
            assert point in points


class TestVariables:
    @pytest.mark.parametrize("where", variables())
    def test_mlflow_knows_them(self, where):
        import mlflow.environment_variables as known
        from mlflow.cli import cli

        names = {value.name for value in vars(known).values() if hasattr(value, "name")}
        names |= {option.envvar for option in cli.commands["server"].params if isinstance(option.envvar, str)}
        assert variables()[where] - names == set()

    @pytest.mark.parametrize(
        "where", ["compose mlflow", *(path.name for path in [*UNITS, *TASKS] if "mlflow" in path.name)]
    )
    def test_the_tracking_servers_name_its_database(self, where):
        assert "MLFLOW_BACKEND_STORE_URI" in variables()[where]


@pytest.fixture(scope="module")
def mlflow_server() -> set[str]:
    """The options of `mlflow server`."""
    from mlflow.cli import cli

    return {option for parameter in cli.commands["server"].params for option in parameter.opts}


class TestCommands:
    """Options are those of the programs that are installed."""

    def options(self, words: list[str]) -> set[str]:
        return {word.partition("=")[0] for word in words if word.startswith("--")}

    def test_compose(self, mlflow_server):
        assert SERVICES["mlflow"]["command"][:2] == ["mlflow", "server"]
        assert self.options(SERVICES["mlflow"]["command"]) <= mlflow_server

    def test_the_unit(self, mlflow_server):
        (command,) = unit(ROOT / "deploy" / "clientela-mlflow.service")["ExecStart"]
        assert self.options(command.split()) <= mlflow_server

    @pytest.mark.parametrize("path", TASKS, ids=lambda path: path.name)
    def test_the_tasks(self, path, mlflow_server):
        task = json.loads(path.read_text(encoding="utf-8"))
        (container,) = task["containerDefinitions"]
        words = container.get("command", [])
        assert self.options(words) <= mlflow_server
        assert container["readonlyRootFilesystem"] is True
        assert not container["image"].endswith(":latest")
        assert container["portMappings"][0]["containerPort"] == (5000 if words else 8000)

    def test_the_units_command_is_the_images(self):
        (command,) = unit(ROOT / "deploy" / "clientela.service")["ExecStart"]
        inside = json.loads(instructions("CMD")[0])
        assert command.split()[1:] == [word for word in inside[1:] if word not in ("--bind", "0.0.0.0:8000")]


class TestProxy:
    def test_its_connections_end_before_the_servers(self):
        (ours,) = re.findall(r"^keepalive = (\d+)", (ROOT / "conf" / "gunicorn.py").read_text(), re.MULTILINE)
        (proxys,) = re.findall(r"keepalive (\d+)s", (ROOT / "deploy" / "Caddyfile").read_text())
        assert int(proxys) < int(ours)

    def test_caddy_takes_it(self, tmp_path):
        caddy = shutil.which("caddy")
        if caddy is None:
            pytest.skip("needs Caddy, which pip cannot install: apt-get install caddy")
        done = subprocess.run(
            [caddy, "validate", "--adapter", "caddyfile", "--config", ROOT / "deploy" / "Caddyfile"],
            capture_output=True, text=True, timeout=600,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "WARN" not in done.stderr


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_takes_the_units(path, tmp_path):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("needs systemd-analyze, which pip cannot install: apt-get install systemd")
    text = path.read_text(encoding="utf-8")
    assert "/opt/clientela/.venv/bin/" in text
    for other in UNITS:  # both: one names the other
        (tmp_path / other.name).write_text(other.read_text().replace("/opt/clientela/.venv/bin", str(BIN)))
    done = subprocess.run(
        [analyze, "verify", "--man=no", tmp_path / path.name], capture_output=True, text=True, timeout=600
    )
    about = [line for line in done.stderr.splitlines() if path.name in line]
    assert about == []
    assert done.returncode == 0, done.stderr
