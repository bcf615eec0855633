"""What all tests share: quiet MLflow, a fresh store, the folder of the real data sets, a browser."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


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
def fresh_store() -> Callable[[Path], AbstractContextManager[Path]]:
    """A context in which MLflow works in a folder as in a newcomer's checkout; all is put back after it."""
    return _fresh_store


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


@contextmanager
def _fresh_store(folder: Path) -> Iterator[Path]:
    import mlflow

    previous = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_ID", "MLFLOW_RUN_ID"):
            patch.setenv(name, "to be put back")
            patch.delenv(name)
        patch.setattr("mlflow.tracking.fluent._active_experiment_id", None)
        patch.chdir(folder)
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        yield folder
        mlflow.set_tracking_uri(previous)
