"""What all tests share: quiet MLflow, and the folder of the real data sets."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

ROOT = Path(__file__).resolve().parents[1]


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
