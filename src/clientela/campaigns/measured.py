"""The measured campaigns of a data set, from MLflow: the latest result of each."""

import json
from collections.abc import Iterator
from typing import Any, cast

import mlflow
from mlflow.entities import Run
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from clientela.campaigns.measure import ResultRow
from clientela.campaigns.register import MEASURED, RESULT_FILE, list_campaigns, read_result
from clientela.campaigns.results import CampaignResult
from clientela.errors import RegistryError
from clientela.request import Echo, discard

RESULT_STAGE = "campaign"  # of the runs that measure
MOST = 500  # measurements of lists without a record that are searched, the latest first


def measured_campaigns(dataset: str, *, echo: Echo = discard) -> list[CampaignResult]:
    """The latest result of each campaign, started or measured from a list alone.

    Only runs that have finished count, so a result is there as a whole or not at all. Results that cannot be read are
    named and left out.

    Args:
        dataset: name of the data set.
        echo: prints what was left out.

    Returns:
        The results, by first day and name.
    """
    read = [*_of_campaigns(dataset, echo), *_of_lists(dataset, echo)]
    found = [result for result in read if is_whole(result)]
    if left_out := len(read) - len(found):
        echo(f"Measured campaigns that another release wrote: {left_out}. They are left out; measure them again.")
    return sorted(found, key=lambda result: (result["start"], result["campaign"] or ""))


def is_whole(result: object) -> bool:
    """Whether a result has all that this release reads of it."""
    if not isinstance(result, dict) or not result.keys() >= CampaignResult.__required_keys__:
        return False
    return "is_off" in result["ratio"] and all(row.keys() >= ResultRow.__required_keys__ for row in result["rows"])


def _of_campaigns(dataset: str, echo: Echo) -> Iterator[CampaignResult]:
    for campaign in list_campaigns(dataset):
        try:
            if result := read_result(campaign):
                yield result
        except RegistryError as error:
            echo(f"A measured campaign is left out. {error}")


def _of_lists(dataset: str, echo: Echo) -> Iterator[CampaignResult]:
    """Results of lists without a record; a list that was measured again counts once."""
    seen = set()
    for run in _runs(dataset):
        if (result := _result(run, echo)) is None:
            continue
        key = result.get("start"), result.get("treated"), result.get("control")
        if key not in seen:
            seen.add(key)
            yield result


def _result(run: Run, echo: Echo) -> CampaignResult | None:
    result: Any
    try:
        result = json.loads(mlflow.artifacts.load_text(f"{run.info.artifact_uri}/{RESULT_FILE}"))
    except (MlflowException, OSError, ValueError):
        echo(f"A measured campaign is left out: {RESULT_FILE} of the run {run.info.run_id} cannot be read.")
        return None
    return cast(CampaignResult, result) if isinstance(result, dict) else None


def _runs(dataset: str) -> list[Run]:
    client = MlflowClient()
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    quoted = dataset.replace("'", "")
    chosen = f"tags.stage = '{RESULT_STAGE}' and attributes.status = 'FINISHED' and tags.dataset = '{quoted}'"
    runs = client.search_runs(experiments, chosen, max_results=MOST, order_by=["attributes.start_time DESC"])
    return [run for run in runs if MEASURED not in run.data.tags]
