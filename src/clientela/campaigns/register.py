"""The register of campaigns: one MLflow run per campaign, with its assignment as an artifact.

A campaign counts from the moment its run is FINISHED, which is a single write. A run of a killed or failed start has
another status and is no campaign. To cancel a campaign, delete its run.
"""

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.entities import Run
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from clientela.campaigns.campaign import Campaign
from clientela.campaigns.results import CampaignResult
from clientela.errors import InvalidInput, RegistryError
from clientela.killed_runs import OWNER
from clientela.processes import folder_prefix, is_gone

STAGE = "campaign start"
CLAIMED = "claimed_at"  # tag of a run that is about to start a campaign: time stamp of the clock (seconds)
LONGEST_CLAIM = 600.0  # seconds; a start takes a few, so an older claim is that of a killed process
RECORD, RESULT_RUN = "campaign", "campaign_result_run"  # tags of a campaign's run
MEASURED = "campaign_name"  # tag of the run of a measurement
ASSIGNMENT_FILE, RESULT_FILE = "assignment.parquet", "result.json"
PAGE = 1_000


def claim_start(run_id: str) -> None:
    """Make sure that no other process starts a campaign at the same time: two would not see each other's customers.

    Each process writes its claim before it looks for those of others, so that at least one of two sees the other.

    Args:
        run_id: id of the active run.

    Raises:
        RegistryError: another start is under way.
    """
    mlflow.set_tag(CLAIMED, f"{time.time():.3f}")
    for run in _runs("RUNNING"):
        claimed = float(run.data.tags.get(CLAIMED, 0))
        gone = is_gone(run.data.tags.get(OWNER, "")) or time.time() - claimed > LONGEST_CLAIM
        if run.info.run_id != run_id and not gone:
            raise RegistryError(
                f"Campaigns must be started one at a time. Another start is under way in the run {run.info.run_id}; "
                "try again when it has finished."
            )


def write_campaign(campaign: Campaign, assignment: pd.DataFrame) -> None:
    """Log a campaign to the active run; it counts once the run has finished.

    Args:
        campaign: the campaign.
        assignment: one row per customer, with the columns `ASSIGNMENT`.
    """
    with tempfile.TemporaryDirectory(prefix=folder_prefix("campaign")) as folder:
        path = Path(folder) / ASSIGNMENT_FILE
        assignment.to_parquet(path, index=False, compression="zstd")
        mlflow.log_artifact(str(path))
    mlflow.set_tags({RECORD: campaign.to_json(), "dataset": campaign.dataset})


def list_campaigns(dataset: str | None = None) -> list[Campaign]:
    """The started campaigns, by first day and name.

    Args:
        dataset: name of a data set; None for all.
    """
    found = (_campaign(run) for run in _runs("FINISHED") if RECORD in run.data.tags)
    chosen = [campaign for campaign in found if dataset in (None, campaign.dataset)]
    return sorted(chosen, key=lambda campaign: (campaign.start, campaign.name))


def find_campaign(name: str, dataset: str) -> Campaign:
    """A started campaign by its name or the id of its run.

    Args:
        name: name or run id.
        dataset: name of the data set.

    Raises:
        InvalidInput: there is no such campaign.
    """
    campaigns = list_campaigns(dataset)
    for campaign in campaigns:
        if name in (campaign.name, campaign.run_id):
            return campaign
    known = ", ".join(repr(campaign.name) for campaign in campaigns) or "none"
    raise InvalidInput(
        f"The campaign parameter must be the name of a campaign of {dataset}, or the id of its run. Started campaigns: "
        f"{known}. Got {name!r} instead."
    )


def read_assignment(campaign: Campaign) -> pd.DataFrame:
    """One row per customer of a campaign, ordered by customer_id, with the columns `ASSIGNMENT`.

    Raises:
        RegistryError: the run has lost its assignment.
    """
    with tempfile.TemporaryDirectory(prefix=folder_prefix("campaign")) as folder:
        try:
            path = MlflowClient().download_artifacts(campaign.run_id, ASSIGNMENT_FILE, folder)
            return pd.read_parquet(path)
        except (MlflowException, OSError) as error:
            raise RegistryError(
                f"The run {campaign.run_id} of the campaign {campaign.name!r} must have the artifact "
                f"{ASSIGNMENT_FILE}. It cannot be read."
            ) from error


def measurement_tags(campaign: Campaign) -> dict[str, str]:
    """The tags of a run that measures a campaign; MLflow shows the run below that of the campaign."""
    return {MEASURED: campaign.name, "action": campaign.action, MLFLOW_PARENT_RUN_ID: campaign.run_id}


def attach_result(campaign: Campaign, result_run: str) -> None:
    """Attach a finished measurement to a campaign; a later one replaces it.

    Args:
        campaign: the campaign.
        result_run: id of the measurement's run, which has the artifact `result.json`.
    """
    MlflowClient().set_tag(campaign.run_id, RESULT_RUN, result_run)


def read_result(campaign: Campaign) -> CampaignResult | None:
    """The latest measurement of a campaign; None before the first.

    Raises:
        RegistryError: the run of the measurement has lost its result.
    """
    if campaign.result_run is None:
        return None
    with tempfile.TemporaryDirectory(prefix=folder_prefix("campaign")) as folder:
        try:
            path = MlflowClient().download_artifacts(campaign.result_run, RESULT_FILE, folder)
            result: CampaignResult = json.loads(Path(path).read_text(encoding="utf-8"))
        except (MlflowException, OSError, ValueError) as error:
            raise RegistryError(
                f"The run {campaign.result_run}, which measured the campaign {campaign.name!r}, must have the artifact "
                f"{RESULT_FILE}. It cannot be read."
            ) from error
    return result


def _runs(status: str) -> Iterator[Run]:
    """The runs of starts in all experiments, because `mlflow run` chooses the experiment itself."""
    client = MlflowClient()
    experiments = [experiment.experiment_id for experiment in client.search_experiments(max_results=PAGE)]
    chosen, token = f"tags.stage = '{STAGE}' and attributes.status = '{status}'", None
    while experiments:
        page = client.search_runs(experiments, chosen, max_results=PAGE, page_token=token)
        yield from page
        if not (token := page.token):
            return


def _campaign(run: Run) -> Campaign:
    tags = run.data.tags
    return Campaign.from_json(tags[RECORD], run_id=run.info.run_id, result_run=tags.get(RESULT_RUN))
