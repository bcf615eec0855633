"""What a newcomer's `mlflow run .` and `pip install` go by: pins, ranges, entry points, and what an import costs."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from clientela.cli import main

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = (
    "campaign_measure",
    "campaign_plan",
    "campaign_simulate",
    "campaign_start",
    "monitor",
    "renew",
    "churn",
    "doctor",
    "history",
    "insiders",
    "inspect_",
    "promote",
    "refresh",
    "rollback",
    "score",
    "segment",
    "try_api",
)


def python(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run this environment's Python with src on the path."""
    environment = {"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=600
    )


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def ranges(pyproject: dict[str, Any]) -> dict[str, SpecifierSet]:
    """Name -> range of what the project needs to run."""
    return specifiers(pyproject["dependencies"])


@pytest.fixture(scope="module")
def dev(pyproject: dict[str, Any]) -> dict[str, SpecifierSet]:
    """Name -> range of what its extras need; Airflow has an environment of its own, and no pins here."""
    extras = pyproject["optional-dependencies"]
    return specifiers([line for name, extra in extras.items() if name != "airflow" for line in extra])


@pytest.fixture(scope="module")
def locked() -> dict[str, str]:
    """Name -> version of requirements.lock."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return pins([line for line in lines if line.strip() and not line.startswith("#")])


@pytest.fixture(scope="module")
def conda() -> list[Any]:
    return yaml.safe_load((ROOT / "conda.yaml").read_text(encoding="utf-8"))["dependencies"]


@pytest.fixture(scope="module")
def conda_pins(conda: list[Any]) -> dict[str, str]:
    (listed,) = [entry["pip"] for entry in conda if isinstance(entry, dict)]
    return pins(listed)


def specifiers(lines: list[str]) -> dict[str, SpecifierSet]:
    return {canonicalize_name(Requirement(line).name): Requirement(line).specifier for line in lines}


def pins(lines: list[str]) -> dict[str, str]:
    """Name -> version, of lines that must all pin exactly."""
    found = {}
    for line in lines:
        requirement = Requirement(line)
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", line
        assert "*" not in specifier.version, line
        assert requirement.url is None, line
        name = canonicalize_name(requirement.name)
        assert name not in found, line
        found[name] = specifier.version
    return found


class TestPins:
    def test_the_lock_has_only_pins_and_no_address(self, locked):
        text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
        assert len(locked) > 50
        assert "://" not in text
        assert not re.search(r"^\s*-", text, re.MULTILINE), "an option of pip"

    def test_the_lock_holds_all_that_the_project_names_within_its_ranges(self, locked, ranges, dev):
        outside = {
            name: (locked.get(name), str(specifier))
            for name, specifier in {**ranges, **dev}.items()
            if name not in locked or locked[name] not in specifier
        }
        assert outside == {}

    def test_conda_pins_what_the_lock_pins(self, conda_pins, locked):
        assert conda_pins == {name: locked.get(name) for name in conda_pins}

    def test_conda_pins_within_the_ranges(self, conda_pins, ranges, dev):
        allowed = {**ranges, **dev}
        assert conda_pins.keys() <= allowed.keys()
        assert {name: pin for name, pin in conda_pins.items() if pin not in allowed[name]} == {}

    def test_conda_covers_every_dependency(self, conda_pins, ranges):
        assert ranges.keys() - conda_pins.keys() == set()

    def test_conda_does_not_list_the_project_itself(self, conda_pins, pyproject):
        assert pyproject["name"] not in conda_pins

    def test_conda_asks_for_a_python_that_the_project_takes(self, conda, pyproject):
        (python_,) = [Requirement(entry) for entry in conda if isinstance(entry, str) and entry.startswith("python")]
        ours = SpecifierSet(pyproject["requires-python"])
        minors = [f"3.{minor}.{patch}" for minor in range(30) for patch in (0, 20)]
        conda_takes = [version for version in minors if version in python_.specifier]
        assert conda_takes
        assert [version for version in conda_takes if version not in ours] == []
        # the oldest is the same: what mypy and ruff check against is what `mlflow run .` may get
        assert min(minors.index(version) for version in minors if version in ours) == minors.index(conda_takes[0])

    def test_the_checked_python_is_the_oldest(self, pyproject):
        tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
        assert pyproject["requires-python"] == f">={tools['mypy']['python_version']}"

    def test_this_environment_runs_the_package_of_this_checkout(self, pyproject):
        import clientela

        assert Path(clientela.__file__).is_relative_to(ROOT / "src")
        assert clientela.__version__ == pyproject["version"]


def entry_points() -> dict[str, dict[str, Any]]:
    return yaml.safe_load((ROOT / "MLproject").read_text(encoding="utf-8"))["entry_points"]


HEAVY = {"mlflow", "sklearn", "pandas", "numpy", "duckdb", "matplotlib", "pyarrow", "pydantic", "gunicorn"}


class TestEntryPoints:
    def test_the_scripts_are_these(self):
        scripts = [file for file in (ROOT / "experiments").glob("*.py") if "__main__" in file.read_text()]
        assert sorted(file.stem for file in scripts) == sorted(SCRIPTS)

    def test_every_script_has_an_entry_point(self):
        commands = " ".join(point["command"] for point in entry_points().values())
        assert sorted(re.findall(r"experiments/(\w+)\.py", commands)) == sorted(SCRIPTS)

    @pytest.mark.parametrize("point", entry_points())
    def test_its_command_passes_each_parameter_on(self, point):
        definition = entry_points()[point]
        words = shlex.split(definition["command"])
        assert words[:2] == ["PYTHONPATH=src", "python"]
        assert (ROOT / words[2]).is_file()
        given = words[3:]
        arguments = [given.pop()] if len(given) % 2 else []
        options = dict(zip(given[::2], given[1::2], strict=True))
        # `{name}` bare: MLflow quotes the values, and quotes of our own would open the shell to them
        values = {f"{{{name}}}": f"--{name.replace('_', '-')}" for name in definition.get("parameters", {})}
        assert options == {option: value for value, option in values.items() if value not in arguments}
        assert set(arguments) <= values.keys()
        assert "'{" not in definition["command"]
        assert '"{' not in definition["command"]


class TestCommand:
    def test_help_of_every_command_imports_nothing_heavy(self):
        """So that it answers at once."""
        ask = (
            "import sys; from clientela.cli import main\n"
            "for arguments in ([], *([name] for name in main.commands)):\n"
            "    main([*arguments, '--help'], prog_name='clientela', standalone_mode=False)\n"
            "print(*sys.modules, file=sys.stderr)"
        )
        done = python("-c", ask)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("Usage: clientela") == len(main.commands) + 1
        assert not {module.split(".")[0] for module in done.stderr.split()} & HEAVY

    def test_it_is_installed_as_clientela(self, pyproject):
        assert pyproject["scripts"] == {"clientela": "clientela.cli:main"}

    def test_it_says_its_version(self, pyproject):
        done = python("-c", "from clientela.cli import main; main(['--version'])")
        assert done.stdout == f"clientela {pyproject['version']}\n"


def test_importing_the_package_imports_nothing_heavy():
    done = python("-c", "import clientela, sys; print(*sys.modules)")
    assert done.returncode == 0, done.stderr
    assert "clientela" in done.stdout.split()
    roots = {module.split(".")[0] for module in done.stdout.split()}
    assert not roots & HEAVY


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """The files that are part of the project."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_package_registry(tracked):
    # in pieces, so that this file does not name them
    hosts = [
        b"pypi." + b"org", b"python" + b"hosted", b"conda." + b"anaconda", b"repo." + b"anaconda",
        b"registry.npm" + b"js", b"proxy.go" + b"lang",
    ]  # fmt: skip
    naming = {
        f"{file.relative_to(ROOT)}: {host.decode()}" for file in tracked for host in hosts if host in file.read_bytes()
    }
    assert naming == set()


def test_no_file_names_a_path_of_one_machine(tracked):
    # in pieces, so that this file does not name them
    paths = [b"/ho" + b"me/", b"/Us" + b"ers/", b"/wo" + b"rk/", b"/ro" + b"ot/"]
    naming = {
        f"{file.relative_to(ROOT)}: {path.decode()}" for file in tracked for path in paths if path in file.read_bytes()
    }
    assert naming == set()


def test_nothing_that_a_run_writes_is_tracked(tracked):
    names = {file.relative_to(ROOT).as_posix() for file in tracked}
    assert not [name for name in names if name.startswith("mlruns/") and name != "mlruns/.gitkeep"]
    assert not [name for name in names if re.search(r"\.(db|pyc|pkl|skops|egg-info)$", name)]
