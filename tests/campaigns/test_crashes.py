"""A start that is killed after any of its writes leaves no campaign, or the whole one."""

import multiprocessing

import mlflow
import pytest
import starting
from mlflow.tracking import MlflowClient

from clientela.campaigns import register

pytestmark = pytest.mark.slow

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["mlflow.store.tracking.sqlalchemy_store", "clientela.workflows.campaign_start"])
KILLED, MOST_WRITES = 9, 40
RUNNING = "attributes.status = 'RUNNING'"


def test_a_killed_start_leaves_no_campaign_or_the_whole_one(root, tmp_path, fresh_store):
    with fresh_store(tmp_path):
        started = 0
        for calls in range(1, MOST_WRITES):
            said = tmp_path / "said"
            arguments = (str(said), mlflow.get_tracking_uri(), str(root / "conf"), calls)
            process = FORKS.Process(target=starting.main, args=arguments)
            process.start()
            process.join(600)
            assert process.exitcode in (0, KILLED), said.read_text()
            for campaign in register.list_campaigns():
                started += 1
                assert len(register.read_assignment(campaign)) == campaign.customers == len(starting.CUSTOMERS)
                assert campaign.ledger["treatment"] > 150
                MlflowClient().delete_run(campaign.run_id)
            if process.exitcode == 0:
                break
        # Only the last write and the uninterrupted start leave a campaign; those in between were kills.
        assert started == 2
        assert calls > 6
        # What the kills left is closed by the next start, which is not held up by their claims.
        assert starting.record(root / "conf").ledger["treatment"] > 150
        client = MlflowClient()
        experiment = client.get_experiment_by_name("customer-segmentation").experiment_id
        assert client.search_runs([experiment], f"tags.stage = '{register.STAGE}' and {RUNNING}") == []
