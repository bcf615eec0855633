"""What all tests share: quiet MLflow, a fresh store, the folder of the real data sets, a browser, a Postgres."""

import fcntl
import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MPLBACKEND", "agg")
# The suite runs in as many processes as there are cores: threads that wait for each other only take time from them.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Nothing fails for slowness. A failure on a server can be repeated; on a person's machine each run tries new examples.
settings.register_profile(
    "clientela", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("clientela")

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

POSTGRES_PASSWORD = "p@ss/w#rd:1?"
# The files that take longest, first: a long one at the end would keep one process busy and the others waiting.
# The second process of `make test` begins with a file that does not wait for the run that the first makes for both.
LONGEST_FIRST = (
    "end_to_end/test_project",
    "end_to_end/test_wheel",
    "end_to_end/",
    "golden/",
    "workflows/",
    "clv/test_coverage",
    "registry/test_crashes",
    "",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first; `make test` gives each process a file at a time, in this order."""

    def place(item: pytest.Item) -> int:
        path = item.path.relative_to(ROOT / "tests").as_posix()
        return next(number for number, start in enumerate(LONGEST_FIRST) if path.startswith(start))

    items.sort(key=place)


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the public data sets, or a skip that says where it was looked for."""
    folder = Path(os.environ.get("CLIENTELA_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"needs the public data sets in {folder}; name another folder in CLIENTELA_DATA")
    return folder


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """Fill a folder once per test session, whichever of the parallel processes asks first; returns the folder."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent

    def make(name: str, fill: Callable[[Path], None]) -> Path:
        folder = base / name
        with (base / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "complete").exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                (folder / "complete").touch()
        return folder

    return make


@pytest.fixture(scope="session")
def fresh_store(once) -> Callable[[Path], AbstractContextManager[Path]]:
    """A context in which MLflow works in a folder as in a newcomer's checkout; all is put back after it."""

    @contextmanager
    def store(folder: Path) -> Iterator[Path]:
        if not (folder / "mlflow.db").exists():
            _copy_empty_store(once("empty-store", _make_empty_store), folder)
        with _store_in(folder):
            yield folder

    return store


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are made but not drawn, which takes most of a report's time: for tests of the text around them."""
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda figure, file, **_: file.write(b"<svg></svg>"))
    monkeypatch.setattr("clientela.reporting.svg.lay_out", lambda canvas: None)


@pytest.fixture
def browser() -> Iterator[Any]:
    """Headless Chromium, or a skip."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("needs Chromium, which pip cannot install")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def axe() -> Any:
    """The accessibility checks of axe-core, or a skip."""
    module = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs axe-playwright-python, of the extra dev"
    )
    return module.Axe()


@pytest.fixture
def check_page(browser: Any, axe: Any) -> Callable[[Path], None]:
    """Checks that a page fits a phone and a desktop, clips no table, loads nothing and is accessible."""

    def check(path: Path) -> None:
        for width, scheme in ((390, "light"), (1440, "dark")):
            about, said = (path.name, width), []
            page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
            page.on("console", lambda message, said=said: said.append(message.text))
            page.on("request", lambda request, said=said: said.append(request.url))
            page.goto(path.as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, about
            clipped = page.locator(".scroll").evaluate_all(
                "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.ariaLabel)"
            )
            assert clipped == [], about
            found = axe.run(page).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], about
            assert [one for one in said if not one.startswith(("file:", "data:"))] == [], about
            page.close()

    return check


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a fresh cluster of our own, with its password in the clear to be percent-encoded."""
    initdb, server = _installed("initdb"), _installed("postgres")
    if initdb is None or server is None:
        pytest.skip("needs PostgreSQL's initdb and postgres: apt-get install postgresql")
    owner = None  # the server refuses to run as root
    if os.getuid() == 0:
        try:
            owner = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("needs the user postgres, as PostgreSQL does not run as root")
    as_owner = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    folder = Path(tempfile.mkdtemp(prefix="clientela-postgres-"))  # pytest's own folders are closed to other users
    process = None
    try:
        (folder / "password").write_text(POSTGRES_PASSWORD)
        if owner:
            for path in (folder, folder / "password"):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        subprocess.run(
            [initdb, "-D", "data", "-U", "clientela", "-A", "scram-sha-256", "--pwfile=password", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync"],
            cwd=folder, check=True, capture_output=True, timeout=600, **as_owner,
        )  # fmt: skip
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [server, "-D", "data", "-p", str(port), "-c", "listen_addresses=127.0.0.1",
                 "-c", "unix_socket_directories=", "-c", "fsync=off"],
                cwd=folder, stdout=log, stderr=log, **as_owner,
            )  # fmt: skip
        url = f"postgresql://clientela:{quote(POSTGRES_PASSWORD, safe='')}@127.0.0.1:{port}/postgres"
        _wait_until_it_answers(url, process, folder / "log")
        yield url
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)  # "fast shutdown"
            try:
                process.wait(timeout=120)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _make_empty_store(folder: Path) -> None:
    """Let MLflow create its tables, which takes seconds."""
    from mlflow.tracking import MlflowClient

    with _store_in(folder):
        MlflowClient().search_experiments()


def _copy_empty_store(template: Path, folder: Path) -> None:
    shutil.copy(template / "mlflow.db", folder / "mlflow.db")
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection, connection:
        connection.execute("update experiments set artifact_location = ?", [str(folder / "mlruns" / "0")])


@contextmanager
def _store_in(folder: Path) -> Iterator[None]:
    import mlflow

    previous = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_ID", "MLFLOW_RUN_ID"):
            patch.setenv(name, "to be put back")
            patch.delenv(name)
        patch.setattr("mlflow.tracking.fluent._active_experiment_id", None)
        patch.chdir(folder)
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        yield
        mlflow.set_tracking_uri(previous)


def _installed(program: str) -> str | None:
    """The program of the newest Postgres: Debian keeps it out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    return str(found[-1]) if found else shutil.which(program)


def _wait_until_it_answers(url: str, process: subprocess.Popen, log: Path) -> None:
    import psycopg

    until = time.monotonic() + 600
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
