"""The register of campaigns on a fresh store: written, listed, found and measured."""

import platform
import time
from datetime import date

import mlflow
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient

from clientela.campaigns.campaign import Campaign
from clientela.campaigns.register import (
    CLAIMED,
    STAGE,
    attach_result,
    claim_start,
    find_campaign,
    list_campaigns,
    read_assignment,
    read_result,
    write_campaign,
)
from clientela.errors import InvalidInput, RegistryError
from clientela.killed_runs import OWNER
from clientela.processes import owner

LEDGER = {"treatment": 1, "control": 1, "holdout": 0, "no_consent": 1}


def campaign(name: str = "spring", **given) -> Campaign:
    fields = {
        "name": name, "dataset": "shop", "action": "coupon", "start": date(2024, 3, 1), "days": 30, "control": 0.1,
        "seed": 0, "model_version": 2, "ledger": LEDGER, "digest": "d",
    }  # fmt: skip
    return Campaign(**{**fields, **given})


def assignment(name: str = "spring") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "campaign": name,
            "customer_id": ["007", "12", "ana"],
            "segment": "Champions",
            "arm": ["treatment", "control", "excluded"],
            "reason": [None, None, "no_consent"],
            "since": date(2024, 3, 1),
        }
    )


def store(one: Campaign) -> None:
    with mlflow.start_run(tags={"stage": STAGE}):
        write_campaign(one, assignment(one.name))


@pytest.fixture
def empty(tmp_path, fresh_store):
    with fresh_store(tmp_path):
        yield


def test_a_campaign_is_read_as_it_was_written(empty):
    store(campaign())
    found = find_campaign("spring", "shop")
    assert found == find_campaign(found.run_id, "shop")
    assert found == campaign(run_id=found.run_id)
    assert (found.end, found.customers) == (date(2024, 3, 30), 3)
    pd.testing.assert_frame_equal(read_assignment(found), assignment())


def test_campaigns_are_listed_by_start_in_any_experiment_and_by_data_set(empty):
    store(campaign("later", start=date(2024, 4, 1)))
    mlflow.set_experiment("another")
    store(campaign("earlier"))
    store(campaign("elsewhere", dataset="other"))
    assert [one.name for one in list_campaigns("shop")] == ["earlier", "later"]
    assert len(list_campaigns()) == 3


def test_a_start_that_failed_or_is_not_over_is_no_campaign(empty):
    mlflow.start_run(tags={"stage": STAGE})
    write_campaign(campaign(), assignment())
    mlflow.end_run("FAILED")
    assert list_campaigns() == []
    with mlflow.start_run(tags={"stage": STAGE}):
        write_campaign(campaign(), assignment())
        assert list_campaigns() == []
    assert len(list_campaigns()) == 1


def test_an_unknown_campaign_is_refused_with_the_known_names(empty):
    store(campaign())
    with pytest.raises(InvalidInput, match="Started campaigns: 'spring'. Got 'summer' instead"):
        find_campaign("summer", "shop")
    with pytest.raises(InvalidInput, match="Started campaigns: none"):
        find_campaign("spring", "other")


def test_the_latest_measurement_is_attached(empty):
    store(campaign())
    assert read_result(find_campaign("spring", "shop")) is None
    for days in (30, 60):
        with mlflow.start_run() as run:
            mlflow.log_dict({"days": days}, "result.json")
        attach_result(find_campaign("spring", "shop"), run.info.run_id)
    assert read_result(find_campaign("spring", "shop")) == {"days": 60}


def test_lost_artifacts_are_named(empty):
    with mlflow.start_run(tags={"stage": STAGE, "campaign": campaign().to_json()}):
        pass
    found = find_campaign("spring", "shop")
    attach_result(found, found.run_id)
    with pytest.raises(RegistryError, match=r"must have the artifact assignment\.parquet"):
        read_assignment(found)
    with pytest.raises(RegistryError, match=r"must have the artifact result\.json"):
        read_result(find_campaign("spring", "shop"))


@pytest.mark.parametrize(
    ("start", "days", "overlaps"),
    [("2024-02-01", 29, False), ("2024-02-01", 30, True), ("2024-03-30", 1, True), ("2024-03-31", 90, False)],
)
def test_a_campaign_overlaps_with_periods_that_share_a_day(start, days, overlaps):
    assert campaign().overlaps(date.fromisoformat(start), days) is overlaps


class TestClaim:
    """Campaigns are started one at a time."""

    def other(self, *, process: str, age: float = 0.0) -> str:
        """The run of another start that is under way; returns its id."""
        claimed = f"{time.time() - age:.3f}"
        run = MlflowClient().create_run("0", tags={"stage": STAGE, OWNER: process, CLAIMED: claimed})
        return str(run.info.run_id)

    def test_another_start_under_way_is_named(self, empty):
        other = self.other(process="another-host 1-1")
        with mlflow.start_run(tags={"stage": STAGE}) as run, pytest.raises(RegistryError, match=other):
            claim_start(run.info.run_id)

    def test_claims_of_killed_processes_do_not_count(self, empty):
        self.other(process=f"{platform.node()} 1-1")
        self.other(process="another-host 1-1", age=3600)
        with mlflow.start_run(tags={"stage": STAGE}) as run:
            claim_start(run.info.run_id)

    def test_of_two_at_once_at_least_one_is_refused(self, empty):
        first, second = (self.other(process=owner()) for _ in range(2))
        refused = 0
        for run_id in (first, second):
            with mlflow.start_run(run_id=run_id):
                try:
                    claim_start(run_id)
                except RegistryError:
                    refused += 1
            MlflowClient().update_run(run_id, status="RUNNING")
        assert refused >= 1
