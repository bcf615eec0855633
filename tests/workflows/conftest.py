"""A small shop with settings of its own, on which a comparison takes seconds."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.csv
import pytest
import yaml

from clientela.data.demo import generate_demo

CANDIDATES = {
    "kmeans": {"k": [3, 6], "n_init": 2},
    "agglomerative": {"k": [3, 6], "linkage": ["ward"]},
    "hdbscan": {"min_cluster_share": [0.05]},
}
EVALUATION = {"bootstraps": 2, "sample": 400, "horizon_days": 90, "folds": 3, "jobs": 1}
LENIENT = {"stability": 0.3, "smallest_share": 0.01, "segment_count": [3, 10], "beats_baseline": False}


@pytest.fixture(scope="session")
def make_shop(root: Path) -> Callable[[Path], Path]:
    """Fill a user's folder with the export of a shop of 400 customers and its settings; returns the folder."""

    def make(folder: Path) -> Path:
        pyarrow.csv.write_csv(generate_demo(customers=400).transactions, folder / "shop.csv")
        conf = shutil.copytree(root / "conf", folder / "conf")
        demo = yaml.safe_load((conf / "datasets" / "demo.yaml").read_text(encoding="utf-8"))
        selection = yaml.safe_load((conf / "selection.yaml").read_text(encoding="utf-8"))
        for file, content in {
            "datasets/shop.yaml": {**demo, "name": "shop", "title": "A shop", "source": "shop.csv"},
            "candidates.yaml": CANDIDATES,
            "evaluation.yaml": EVALUATION,
            "selection.yaml": {**selection, **LENIENT},
        }.items():
            (conf / file).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return folder

    return make
