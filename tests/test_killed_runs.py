"""Runs and folders of processes that were killed: found, closed, and left alone while the process lives."""

import subprocess
import sys
from pathlib import Path

import mlflow
import pytest
from click.testing import CliRunner
from mlflow.entities import LoggedModelStatus
from mlflow.tracking import MlflowClient

from clientela import killed_runs, processes, tracking
from clientela.cli import main
from clientela.data.sources.installed import sources_text

EXPERIMENT = "customer-segmentation"
ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def _store(tmp_path_factory, fresh_store):
    with fresh_store(tmp_path_factory.mktemp("killed")):
        mlflow.create_experiment(EXPERIMENT)
        yield


@pytest.fixture
def dead() -> str:
    """The owner of a process that has ended."""
    line = "from clientela.processes import owner; print(owner())"
    return subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True).stdout.strip()


def begin(owner: str, *, stage: str = "comparison") -> str:
    """A run as a killed process leaves it, with a candidate and an unfinished model; returns its id."""
    client = MlflowClient()
    experiment = client.get_experiment_by_name(EXPERIMENT).experiment_id
    run = client.create_run(experiment, tags={"stage": stage, killed_runs.OWNER: owner}).info.run_id
    client.create_run(experiment, tags={"stage": "candidate", "mlflow.parentRunId": run})
    client.create_logged_model(experiment, name="model", source_run_id=run)
    return run


def statuses(run: str) -> list[str]:
    client = MlflowClient()
    experiment = client.get_experiment_by_name(EXPERIMENT).experiment_id
    nested = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{run}'")
    return [client.get_run(run).info.status, *(child.info.status for child in nested)]


def unfinished() -> int:
    client = MlflowClient()
    models = client.search_logged_models([client.get_experiment_by_name(EXPERIMENT).experiment_id])
    return sum(model.status == LoggedModelStatus.PENDING for model in models)


@pytest.mark.usefixtures("_store")
class TestRuns:
    def test_the_next_run_of_the_command_closes_it(self, dead):
        run, other = begin(dead), begin(dead, stage="refresh")
        with tracking.open_run(EXPERIMENT, name="next", stage="comparison"):
            assert statuses(run) == ["KILLED", "KILLED"]
            assert statuses(other) == ["RUNNING", "RUNNING"]
        assert "The process of this run ended before" in MlflowClient().get_run(run).data.tags["mlflow.note.content"]
        with tracking.open_run(EXPERIMENT, name="next", stage="refresh"):
            pass
        assert statuses(other) == ["KILLED", "KILLED"]
        assert unfinished() == 0

    @pytest.mark.parametrize("owner", [None, "", "elsewhere 1-1", "no owner", "x 1"])
    def test_runs_of_processes_that_may_live_stay_open(self, owner):
        run = begin(processes.owner() if owner is None else owner)
        with tracking.open_run(EXPERIMENT, name="next", stage="comparison"):
            assert statuses(run) == ["RUNNING", "RUNNING"]
        MlflowClient().set_terminated(run)

    def test_doctor_lists_and_mends(self, dead, tmp_path, monkeypatch):
        run = begin(dead)
        client = MlflowClient()
        client.create_registered_model("customer-segments")
        client.set_registered_model_tag("customer-segments", "lease.old", "2020-01-01T00:00:00+00:00")
        client.set_registered_model_tag("customer-segments", "audit.bad", "{")
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        left = tmp_path / f"clientela-versions-{dead.rpartition(' ')[2]}-abc"
        left.mkdir()
        ours = tmp_path / f"{processes.folder_prefix('versions')}abc"
        ours.mkdir()
        monkeypatch.chdir(tmp_path)
        written = tmp_path / processes.temporary_name()
        abandoned = tmp_path / written.name.replace(processes.owner().rpartition(" ")[2], dead.rpartition(" ")[2])
        for path in (written, abandoned, tmp_path / ".clientela-abc.tmp"):
            path.touch()
        command = ["doctor", "--conf", str(ROOT / "conf")]
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 1, done.output
        for part in (run, "lease.old has expired", "audit.bad", str(left), str(abandoned), "Found: 5"):
            assert part in done.output
        assert statuses(run) == ["RUNNING", "RUNNING"]
        done = CliRunner().invoke(main, [*command, "--mend"])
        assert (done.exit_code, done.output.endswith("Mended: 5.\n")) == (0, True)
        assert statuses(run) == ["KILLED", "KILLED"]
        assert (left.exists(), ours.exists()) == (False, True)
        assert (abandoned.exists(), written.exists(), (tmp_path / ".clientela-abc.tmp").exists()) == (False, True, True)
        done = CliRunner().invoke(main, command)
        assert (done.exit_code, done.output) == (0, f"{sources_text()}\nNothing was left.\n")


class TestProcesses:
    def test_an_id_that_was_given_to_another_process_is_gone(self):
        host, _, identity = processes.owner().rpartition(" ")
        pid, _, started = identity.partition("-")
        assert not processes.is_gone(f"{host} {pid}-{started}")
        assert processes.is_gone(f"{host} {pid}-{int(started) + 1}")

    @pytest.mark.parametrize(
        "name", ["clientela-versions-abc", "clientela-other-1-1-x", "clientela-", "clientela-versions-x-1-a"]
    )
    def test_folders_of_other_names_are_left_alone(self, tmp_path, name):
        (tmp_path / name).mkdir()
        assert list(processes.left_folders(tmp_path)) == []

    def test_files_of_other_hosts_are_left_alone(self, tmp_path, dead):
        (tmp_path / f".clientela-00000000-{dead.rpartition(' ')[2]}-a.tmp").touch()
        assert list(processes.left_files(tmp_path)) == []

    def test_links_are_left_alone(self, tmp_path, dead):
        (tmp_path / "data").mkdir()
        (tmp_path / f"clientela-versions-{dead.rpartition(' ')[2]}-a").symlink_to(tmp_path / "data")
        assert list(processes.left_folders(tmp_path)) == []
