"""A small version's files, and the pyfunc with them loaded."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from clientela.serving import index, pyfunc

# One of each kind of id, and the figures of each customer.
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["12346", "012346", "CS5295", "{3F2504E0-4F89}", "José"],
        "segment_id": [1, 2, 2, 3, 3],
        "days_since_last_purchase": [3.0, 40.0, 41.0, 300.0, 301.0],
        "order_count": [20.0, 5.0, 4.0, 1.0, 1.0],
        "total_spend": [2000.0, 300.0, 280.5, 20.0, 10.0],
        "mean_order_value": [100.0, 60.0, 70.125, 20.0, 10.0],
    }
)


def text(of: str) -> dict[str, str]:
    return {"en": of, "pt-BR": f"{of} em português"}


SEGMENTS = [
    {"id": id_, "name": text(name), "description": text(f"{name}."), "action": text(f"Do it for {name}.")}
    for id_, name in [(1, "Champions"), (2, "Loyal"), (3, "Lost")]
]


def write(folder: Path, **changes: Any) -> dict[str, Path]:
    given = {"customers": CUSTOMERS, "segments": SEGMENTS, "clustering": {}, "as_of": date(2024, 1, 31), **changes}
    return index.write_version(folder, **given)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write(tmp_path_factory.mktemp("version"))


@pytest.fixture
def lookup(files: dict[str, Path]) -> pyfunc.SegmentLookup:
    model = pyfunc.SegmentLookup()
    model.load_context(SimpleNamespace(artifacts={name: str(path) for name, path in files.items()}))
    return model
