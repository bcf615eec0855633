"""A small shop with settings of its own, on which a comparison takes seconds, and stores that hold its results."""

import pickle
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.csv
import pytest
import yaml

from clientela.data.demo import generate_demo
from clientela.request import RunRequest
from clientela.workflows.refresh import refresh
from clientela.workflows.segment import segment

KEY_VARIABLE = "SHOP_KEY"
CANDIDATES = {
    "kmeans": {"k": [3, 6], "n_init": 2},
    "agglomerative": {"k": [3, 6], "linkage": ["ward"]},
    "hdbscan": {"min_cluster_share": [0.05]},
}
EVALUATION = {
    "bootstraps": 2, "sample": 400, "horizon_days": 90, "folds": 3, "jobs": 1, "refits": "needed",
    "pictures": "all",
}  # fmt: skip
LENIENT = {
    "stability": 0.3, "smallest_share": 0.01, "segment_count": [3, 10], "preferred_count": [3, 10],
    "beats_baseline": False,
}  # fmt: skip


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


@pytest.fixture(scope="session")
def segmented(once, make_shop, fresh_store) -> Path:
    """A shop's folder and store with version 1 as of its last day; for `copy_shop` and `results_of`."""

    def fill(folder: Path) -> None:
        make_shop(folder)
        printed: list[str] = []
        given = {"echo": printed.append, "rejected": folder / "rejected.parquet"}
        with fresh_store(folder):
            summary = segment(RunRequest(dataset="shop", conf=folder / "conf", **given))
        write_results(folder, summary, printed)

    return once("segmented-shop", fill)


@pytest.fixture(scope="session")
def refreshed(once, make_shop, fresh_store) -> Path:
    """A shop's folder and store with version 1 of July and 2, its refresh in January."""

    def fill(folder: Path) -> None:
        make_shop(folder)
        printed: list[str] = []
        today = {"dataset": "shop", "conf": folder / "conf"}
        with fresh_store(folder):
            july = segment(RunRequest(**today, as_of="2024-07-01"))
            january = refresh(RunRequest(**today, echo=printed.append))
        write_results(folder, july, january, printed)

    return once("refreshed-shop", fill)


def hide_ids(conf: Path) -> None:
    """Give the customers of a settings folder pseudonyms."""
    change_privacy(conf, pseudonyms=True, key=KEY_VARIABLE)


def change_privacy(conf: Path, **changes: Any) -> None:
    """Change the privacy settings of a settings folder."""
    settings = yaml.safe_load((conf / "privacy.yaml").read_text(encoding="utf-8"))
    (conf / "privacy.yaml").write_text(yaml.safe_dump({**settings, **changes}), encoding="utf-8")


@pytest.fixture(scope="session", autouse=True)
def pseudonym_key() -> Iterator[None]:
    """The key of all tests whose settings ask for pseudonyms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, "the key of the test shop")
        yield


def words_of(page: str) -> set[str]:
    """The words and numbers of a page and of its data, without pictures, script and tags; an id is one of them."""
    unread = r"<(svg|style).*?</\1>|<script>.*?</script>|<[^>]+>"
    return set(re.findall(r"[\w.,-]*\w", re.sub(unread, " ", page, flags=re.DOTALL)))


def write_results(folder: Path, *results: Any) -> None:
    """Keep what the runs returned and printed, for the other processes of the session."""
    (folder / "results.pickle").write_bytes(pickle.dumps(results))


def results_of(template: Path) -> tuple[Any, ...]:
    """What the runs in a shop's folder returned and printed."""
    results: tuple[Any, ...] = pickle.loads((template / "results.pickle").read_bytes())
    return results


def copy_shop(template: Path, folder: Path) -> Path:
    """A copy of a shop's folder with a store of its own, which reads the template's artifacts and leaves them alone."""
    return shutil.copytree(template, folder, ignore=shutil.ignore_patterns("mlruns", "*.pickle"), dirs_exist_ok=True)
