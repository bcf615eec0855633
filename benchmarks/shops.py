"""The data sets of the benchmarks: public files, generated shops, CDNOW of the package lifetimes, any YAML file."""

import tempfile
from collections.abc import Iterable, Mapping
from importlib.metadata import distribution
from pathlib import Path

import duckdb
import pandas as pd

from clientela.loading import read_transactions
from clientela.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[1]
CDNOW = "cdnow"
FILES = {
    "online_retail": "online_retail.parquet",
    "retail_transactions": "retail_data_transactions.csv",
    "superstore": "field/superstore.csv",
    "groceries": "field/groceries.csv",
    "mall_customers": "mall_customers.csv",
}
WITHOUT_FILE = {CDNOW: CDNOW, "demo": "demo"}


def chosen_shops(data: Path | None, pairs: Iterable[str], *, only: Iterable[str] = ()) -> dict[str, str]:
    """The data sets that a command line names.

    Args:
        data: folder of the public files; None leaves them out.
        pairs: further data sets as NAME=SOURCE; NAME is a data set of conf/datasets or the path of a YAML file.
        only: names to keep; empty keeps all.

    Returns:
        Name -> path of the source, or the name of a source without a file.
    """
    shops = {name: str(data / file) for name, file in FILES.items()} if data else {}
    shops |= WITHOUT_FILE if data else {}
    shops |= dict(pair.split("=", 1) for pair in pairs)
    shops = shops or {"demo": "demo"}
    kept = set(only) or set(shops)
    return {name: source for name, source in shops.items() if name in kept}


def shop_settings(dataset: str) -> Settings:
    """The settings of a data set of conf/datasets or a YAML file, or of CDNOW."""
    name = str(Path(__file__).with_name("cdnow.yaml")) if dataset == CDNOW else dataset
    return load_settings(name, conf=ROOT / "conf")


def read_shop(connection: duckdb.DuckDBPyConnection, dataset: str, source: str) -> Settings:
    """Read and clean the transactions of a data set; returns its settings.

    Args:
        connection: empty DuckDB connection.
        dataset: name of the data set.
        source: path of the source, or the name of a source without a file.

    Returns:
        The settings of the data set, and of everything else in conf.
    """
    settings = shop_settings(dataset)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cdnow.csv"
        if dataset == CDNOW:
            pd.DataFrame(cdnow_columns()).to_csv(path, index=False)
        read_transactions(connection, settings.dataset, source=str(path) if dataset == CDNOW else source, seed=0)
    return settings


def cdnow_columns() -> Mapping[str, list[str]]:
    """Customers, days and amounts of the whole CDNOW file; its columns are separated by spaces."""
    path = Path(str(distribution("lifetimes").locate_file("lifetimes/datasets/CDNOW_master.txt")))
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    days = [f"{row[1][:4]}-{row[1][4:6]}-{row[1][6:]}" for row in rows]
    return {"customer_id": [row[0] for row in rows], "day": days, "amount": [row[3] for row in rows]}
