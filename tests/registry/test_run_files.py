"""The report of a version's run, or of the version that it continues."""

import mlflow
import pytest
from mlflow.tracking import MlflowClient

from clientela.errors import RegistryError
from clientela.registry import read_report

MODEL = "with-reports"
MOST = 1000


@pytest.fixture(scope="module")
def made(store):
    """Four versions: a report, a version that continues it without one, a large report, and one without."""
    client = MlflowClient()
    client.create_registered_model(MODEL)
    experiment = client.get_experiment_by_name("versions").experiment_id
    for report, continues in (("<p>One</p>", ""), (None, "1"), ("x" * (MOST + 1), "2"), (None, "4")):
        with mlflow.start_run(experiment_id=experiment) as run:
            if report:
                mlflow.log_text(report, "report.html")
        tags = {"continues": continues} if continues else {}
        client.create_model_version(MODEL, f"runs:/{run.info.run_id}/model", run.info.run_id, tags=tags)


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("1", ("1", b"<p>One</p>")),
        ("2", ("1", b"<p>One</p>")),
        ("3", ("1", b"<p>One</p>")),  # its own is too large
        ("4", None),  # it names itself as the one that it continues
        ("9", None),
        ("no-number", None),
    ],
)
def test_the_nearest_report_is_found(made, version, found):
    report = read_report(MODEL, version, largest=MOST)
    assert (report and (report.version, report.content)) == found


def test_a_model_that_does_not_exist_has_none(made):
    assert read_report("nothing", "1", largest=MOST) is None


def test_files_that_cannot_be_read_are_an_error_of_the_registry(made, monkeypatch):
    def fail(*_):
        raise OSError("gone")

    monkeypatch.setattr(MlflowClient, "download_artifacts", fail)
    with pytest.raises(RegistryError, match="The report of version 1 of with-reports cannot be read"):
        read_report(MODEL, "1", largest=MOST)
