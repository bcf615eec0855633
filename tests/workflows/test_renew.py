"""The renewal of a small shop: what is decided, run, promoted and recorded, and what a second run does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from mlflow.tracking import MlflowClient

from clientela import registry
from clientela.errors import ClientelaError, GateRefusal
from clientela.request import RunRequest
from clientela.workflows.renew import renew

from .conftest import copy_shop

pytestmark = pytest.mark.slow

MODEL = "customer-segments"


@pytest.fixture
def shop(tmp_path: Path, refreshed, fresh_store) -> Iterator[Path]:
    """A shop whose champion is of July; version 2, its refresh of January, is the challenger."""
    folder = copy_shop(refreshed, tmp_path)
    with fresh_store(folder):
        yield folder


def request(shop: Path, **changes) -> RunRequest:
    return RunRequest(dataset="shop", conf=shop / "conf", **changes)


def change_settings(shop: Path, file: str, **values) -> None:
    path = shop / "conf" / file
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text(encoding="utf-8")), **values}), encoding="utf-8")


def runs(stage: str) -> list:
    experiment = MlflowClient().get_experiment_by_name("customer-segmentation").experiment_id
    return MlflowClient().search_runs([experiment], f"tags.stage = '{stage}'")


def test_a_version_of_the_same_data_that_waits_is_promoted_and_then_nothing_is_left_to_do(shop):
    """As after a renewal that was killed between the registration and the promotion."""
    (row,) = renew(request(shop))
    assert (row["action"], row["version"], row["promoted"]) == ("promote", "2", True)
    assert registry.read_aliases(MODEL)["champion"] == "2"
    assert registry.history(MODEL)[0].reason == "renewal"
    (record,) = runs("renewal")
    assert record.data.tags["decision.segments"] == "promote"
    (again,) = renew(request(shop))
    assert (again["action"], again["version"]) == ("nothing", "")
    assert registry.read_aliases(MODEL)["champion"] == "2"
    assert runs("monitoring") == []


def test_new_data_are_monitored_and_refreshed_once(shop, monkeypatch):
    change_settings(shop, "monitoring.yaml", oldest_days=365)
    october = request(shop, as_of="2024-10-01")
    monkeypatch.setattr("clientela.workflows.renew.promote", _refuse)
    (row,) = renew(october)
    assert (row["action"], row["version"], row["waits"], row["outcome"]) == ("refresh", "3", True, "The gate refuses.")
    assert registry.read_aliases(MODEL) == {"champion": "1", "challenger": "3"}
    (again,) = renew(october)
    assert (again["action"], again["version"]) == ("promote", "3")
    assert len(runs("monitoring")) == 1, "the second run makes no version, and looks at nothing twice"


def test_an_old_champion_is_refitted_and_a_dry_run_says_so_only(shop):
    (row,) = renew(request(shop, as_of="2024-12-01"), dry_run=True)
    assert (row["action"], row["version"]) == ("refit", "")
    assert "153 days before the end of the data" in row["reasons"]
    assert registry.read_aliases(MODEL) == {"champion": "1", "challenger": "2"}
    assert runs("renewal") == []


def test_a_renewal_that_fails_is_an_alert(shop, capsys):
    with pytest.raises(ClientelaError):
        renew(request(shop, source=str(shop / "gone.csv")))
    assert '"title": "A shop: the renewal failed"' in capsys.readouterr().err


def _refuse(version, given):
    raise GateRefusal("The gate refuses.")
