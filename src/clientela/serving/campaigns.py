"""Campaigns on the production server: their list, and the arm of a customer in those that run."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from clientela.lookup.customer_index import CustomerIndex
from clientela.serving.log import Log

LIST_FILE, ARMS_FILE, INDEX_FILE = "campaigns.json", "arms.arrow", "index.arrow"
ARMS = ("treatment", "control", "holdout")


@dataclass(frozen=True)
class CampaignsServing:
    """The campaigns that are served.

    Attributes:
        number: digest of their state.
        listed: campaigns, the one that ends last first; dates are ISO dates.
        arms: place in the list -> customers with their arm, of the campaigns whose arms are served.
    """

    number: str
    listed: list[dict[str, Any]]
    arms: dict[int, CustomerIndex]

    def describe(self, as_of: str) -> dict[str, Any]:
        """The answer of `GET /campaigns`.

        Args:
            as_of: as-of date of the version that answers (ISO).
        """
        return {"as_of": as_of, "campaigns": [{**one, "state": state_of(one, as_of)} for one in self.listed]}

    def arms_of(self, customer_id: str | None, as_of: str) -> list[dict[str, Any]]:
        """The arms of a customer in the campaigns that run.

        Args:
            customer_id: canonical id.
            as_of: as-of date of the version that answers (ISO).
        """
        running = {place: self.listed[place] for place in self.arms if state_of(self.listed[place], as_of) == "running"}
        return [
            {"campaign": one["campaign"], "action": one["action"], "arm": arm, "since": one["start"]}
            for place, one in running.items()
            if (arm := _arm(self.arms[place], customer_id)) is not None
        ]


class CampaignsReporter:
    """Reports to the log that other campaigns answer, or that they could not be read.

    Args:
        log: log of events.
    """

    def __init__(self, log: Log) -> None:
        self._log = log

    def swapped(self, serving: CampaignsServing) -> None:
        """Other campaigns answer now."""
        self._log.event("info", "campaigns_swap", campaigns=len(serving.listed))

    def swap_failed(self, number: str | None, error: Exception) -> None:
        """The campaigns could not be read."""
        text = f"{type(error).__name__}: {error}"[:500]
        self._log.event("alert", "campaigns_swap_failed", version=number, error=text)

    def up_to_date(self) -> None:
        """The campaigns that answer are those of the runs."""


def open_campaigns(number: str, files: Path) -> CampaignsServing:
    """Open the files of `clientela.campaigns.published`.

    Args:
        number: digest of the campaigns' state.
        files: folder of the files.

    Returns:
        The campaigns, ready to answer.

    Raises:
        Exception: of many kinds; a file is missing or has another form.
    """
    listed = json.loads((files / LIST_FILE).read_text(encoding="utf-8"))
    return CampaignsServing(number, listed, {place: _open(files / str(place)) for place in _places(files)})


def state_of(campaign: dict[str, Any], as_of: str) -> str:
    """The state of a campaign on a day: planned, running or over.

    Args:
        campaign: first and last day (`start` and `end`, ISO).
        as_of: the day (ISO).
    """
    if as_of < campaign["start"]:
        return "planned"
    return "running" if as_of <= campaign["end"] else "over"


def _places(files: Path) -> list[int]:
    return sorted(int(folder.name) for folder in files.iterdir() if folder.is_dir())


def _open(folder: Path) -> CustomerIndex:
    index = CustomerIndex(str(folder / ARMS_FILE), str(folder / INDEX_FILE))
    arms = index.customers["arm"]
    if arms.type != pa.string() or not set(arms.unique().to_pylist()) <= set(ARMS):
        raise ValueError(f"The arms of a campaign must be {', '.join(ARMS)}. They are not.")
    return index


def _arm(index: CustomerIndex, customer_id: str | None) -> str | None:
    row = index.row(customer_id)
    return None if row < 0 else str(index.customers["arm"][row].as_py())
