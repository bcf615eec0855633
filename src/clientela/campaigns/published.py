"""The campaigns of a data set as files for the production server: their list, and the arms of the customers.

The server maps the arms into memory, so that they open at once for millions of customers. Customers who were left out
of a campaign are not in its file: a program that asks for arms need not know who has given no consent.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from mlflow.tracking import MlflowClient

from clientela.campaigns.campaign import EXCLUDED, Campaign
from clientela.campaigns.customer_list import ALL
from clientela.campaigns.measured import is_whole
from clientela.campaigns.register import ASSIGNMENT_FILE, list_campaigns, read_result
from clientela.campaigns.results import CampaignResult
from clientela.errors import RegistryError
from clientela.lookup.index_file import write_arrow, write_index

LISTED = 200  # campaigns in the list, the latest first
WITH_ARMS = 20  # of these, campaigns whose arms are served: those that end last
LIST_FILE, ARMS_FILE, INDEX_FILE = "campaigns.json", "arms.arrow", "index.arrow"


def campaigns_state(dataset: str) -> str:
    """A digest that changes when a campaign is started, measured or deleted.

    Args:
        dataset: name of the data set.
    """
    rows = [(campaign.run_id, campaign.result_run) for campaign in list_campaigns(dataset)]
    return hashlib.sha256(json.dumps([dataset, rows]).encode()).hexdigest()[:16]


def fetch_campaigns(dataset: str, folder: Path, *, convert: Callable[[Callable[[Path], None], Path], None]) -> Path:
    """Copy the list of campaigns and the arms of their customers into a folder.

    Args:
        dataset: name of the data set.
        folder: an empty folder.
        convert: calls a function with a folder; in a process of its own where the answers of this one must not wait.

    Returns:
        The folder of the files: the list, and one folder per campaign with arms, named by its place in the list.

    Raises:
        RegistryError: a campaign cannot be read.
    """
    files = folder / "files"
    files.mkdir()
    campaigns = sorted(list_campaigns(dataset), key=lambda one: (one.end, one.name), reverse=True)[:LISTED]
    rows = [_listed(campaign) for campaign in campaigns]
    (files / LIST_FILE).write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    for place, campaign in enumerate(campaigns[:WITH_ARMS]):
        own = files / str(place)
        own.mkdir()
        MlflowClient().download_artifacts(campaign.run_id, ASSIGNMENT_FILE, str(own))
        convert(convert_arms, own)
    return files


def convert_arms(folder: Path) -> None:
    """Convert the assignment of a folder to the files that a `CustomerIndex` maps into memory.

    Args:
        folder: folder with the assignment (Parquet), which is removed.
    """
    path = folder / ASSIGNMENT_FILE
    table = pq.read_table(path, columns=["customer_id", "arm"], use_threads=False)
    kept = table.filter(pc.not_equal(table["arm"].cast(pa.string()), EXCLUDED)).combine_chunks()
    ids = kept["customer_id"].cast(pa.string()).combine_chunks()
    arms = kept["arm"].cast(pa.string()).combine_chunks()
    write_arrow(folder / ARMS_FILE, pa.table({"customer_id": ids, "arm": arms}))
    write_index(folder / INDEX_FILE, ids)
    path.unlink()


def _listed(campaign: Campaign) -> dict[str, Any]:
    return {
        "campaign": campaign.name,
        "action": campaign.action,
        "start": campaign.start.isoformat(),
        "end": campaign.end.isoformat(),
        "customers": dict(campaign.ledger),
        "lift": _lift(campaign),
    }


def _lift(campaign: Campaign) -> dict[str, Any] | None:
    """The lift of each outcome for all customers; None if it was not measured or cannot be read."""
    try:
        result = read_result(campaign)
    except RegistryError:
        return None
    return totals_of(result) if result is not None and is_whole(result) else None


def totals_of(result: CampaignResult) -> dict[str, Any]:
    """The lift of each outcome for all customers, as `GET /campaigns` shows it."""
    rows: Sequence[Any] = [row for row in result["rows"] if row["group"] == ALL]
    fields = ("difference", "low", "high", "relative", "relative_low", "relative_high", "verdict")
    outcomes = {row["outcome"]: {name: row[name] for name in fields} for row in rows}
    return {"level": result["level"], "is_reliable": not result["ratio"]["is_off"], "outcomes": outcomes}
