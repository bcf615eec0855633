"""What a user of the package does: install the wheel, run the demo in an empty folder, serve it, write own settings."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from .conftest import SMALL_CANDIDATES, SMALL_EVALUATION, serving

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "MLproject", "conf", "src")
# The console scripts of the packages that the new environment borrows.
SCRIPTS = {
    "mlflow": "from mlflow.cli import cli; cli()",
    "uvicorn": "from uvicorn.main import main; main()",
}
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel; built from a copy, because a build writes beside its sources."""
    folder = tmp_path_factory.mktemp("build")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(ROOT / name, folder / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder / "dist", folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    (built,) = (folder / "dist").glob("clientela-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment variables of a shell in which the wheel is installed, in a new environment.

    All other packages are those of this environment: nothing is downloaded.
    """
    folder = tmp_path_factory.mktemp("venv") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=120)
    python = folder / "bin" / "python"
    purelib = Path(
        subprocess.check_output(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
        ).strip()
    )
    (purelib / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    for name, code in SCRIPTS.items():
        (folder / "bin" / name).write_text(f"#!{python}\n{code}\n")
        (folder / "bin" / name).chmod(0o755)
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel]
    done = subprocess.run(pip, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("MLFLOW_", "PYTHON", "CLIENTELA"))}
    return {**clean, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def run(installed: dict[str, str]) -> Run:
    """Run a command in a folder, with the installed wheel."""

    def call(*command: str, cwd: Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(command, cwd=cwd, env=installed, capture_output=True, text=True, timeout=900)
        assert done.returncode == expect, f"{command} exited with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return call


@pytest.fixture(scope="module")
def shop(run: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """An empty folder in which the demo has run, and what it printed."""
    folder = tmp_path_factory.mktemp("empty")
    return folder, run("clientela", "demo", cwd=folder)


def test_the_wheel_holds_the_defaults_and_all_other_files(wheel):
    names = {name.removeprefix("clientela/") for name in ZipFile(wheel).namelist()}
    settings = {path.relative_to(ROOT).as_posix() for path in (ROOT / "conf").rglob("*.*") if path.suffix != ".pyc"}
    assert {name.removeprefix("shipped/") for name in names if name.startswith("shipped/")} == {"MLproject", *settings}
    package = ROOT / "src" / "clientela"
    files = (path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert {path.relative_to(package).as_posix() for path in files} <= names


def test_the_installed_package_is_the_wheel(run, installed, tmp_path):
    code = "import clientela; print(clientela.__file__)"
    file = Path(run("python", "-c", code, cwd=tmp_path).stdout.strip())
    assert file.is_relative_to(Path(installed["PATH"].partition(":")[0]).parent)
    import clientela

    assert run("clientela", "--version", cwd=tmp_path).stdout == f"clientela {clientela.__version__}\n"


def test_the_demo_runs_in_an_empty_folder(shop):
    folder, done = shop
    assert "customer-segments version 1 is registered as champion" in done.stdout
    assert {path.name for path in folder.iterdir()} == {"mlflow.db", "mlruns"}


def test_the_terminal_shows_no_warnings_of_other_libraries(shop):
    printed = shop[1].stdout + shop[1].stderr
    for word in ("Warning", "INFO", "nanobind", "site-packages", "leaked"):
        assert word not in printed
    assert printed.endswith("\n")


def test_its_champion_answers_over_http(shop, installed):
    folder, _ = shop
    command = ["mlflow", "models", "serve", "-m", "models:/customer-segments@champion", "-p", "PORT"]
    with serving([*command, "--env-manager", "local"], ready="/ping", cwd=folder, environment=installed) as server:
        status, answer, _ = server.post({"inputs": ["12346", "nobody"]})
    assert status == 200
    known, unknown = answer["predictions"]
    assert known["customer_id"] == "12346"
    assert known["segment"]
    assert unknown["segment"] is None


def test_the_score_that_the_next_steps_name_is_written(shop, run):
    folder, done = shop
    (line,) = [line.strip() for line in done.stdout.splitlines() if line.startswith("  clientela score")]
    run(*line.split(), cwd=folder)
    assert (folder / "segments.xlsx").is_file()


def test_a_folder_of_ones_own_is_used_by_the_command_and_by_mlflow(run, tmp_path):
    own = tmp_path / "own"
    run("clientela", "init", "own", cwd=tmp_path)
    (own / "conf" / "candidates.yaml").write_text(SMALL_CANDIDATES)
    (own / "conf" / "evaluation.yaml").write_text(SMALL_EVALUATION)
    project = ("mlflow", "run", ".", "--env-manager", "local", "--experiment-name", "customer-segmentation")
    printed = run(*project, cwd=own).stdout
    assert "customer-segments version 1 is registered as champion" in printed
    assert "mlflow run . -e score -P output=segments.xlsx --env-manager local" in printed
    refreshed = run("clientela", "refresh", cwd=own).stdout
    assert "customer-segments version 2 is registered as challenger" in refreshed
    assert "  clientela promote --version 2" in refreshed
    assert "must be a settings folder" in run("clientela", "demo", "--conf", "mlruns", cwd=own, expect=2).stderr
