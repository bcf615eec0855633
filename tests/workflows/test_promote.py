"""The gate on a small shop: a refresh that passes, versions that must not, force, rollback, and the audit."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from mlflow.tracking import MlflowClient

from clientela import registry, tracking
from clientela.errors import GateRefusal, InvalidInput, RegistryError
from clientela.registry import Change
from clientela.request import PromotionRequest, RunRequest
from clientela.segmentation.build_version import register_version
from clientela.segmentation.version import read_version
from clientela.workflows.promote import promote, rollback
from clientela.workflows.segment import segment

from .conftest import copy_shop

pytestmark = pytest.mark.slow

MODEL = "customer-segments"
COMPARISONS = ["comparable", "covers", "metrics", "segments", "drift", "fresh"]
EVERY = ["contents", "loads", "answers", *COMPARISONS]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, refreshed, fresh_store) -> Iterator[Path]:
    """Version 1 of July, 2 its refresh in January, 3 a refit in January, 4 one that lost every other customer."""
    folder = copy_shop(refreshed, tmp_path_factory.mktemp("shop"))
    with fresh_store(folder):
        segment(RunRequest(dataset="shop", conf=folder / "conf"))
        register_changed("1", lambda version: replace(version, customers=version.customers.iloc[::2]))
        yield folder


def register_changed(of: str, change: Any, **tags: str) -> str:
    """Register a version with changed content and tags; returns its number."""
    found = registry.fetch(MODEL, version=of)
    with tracking.open_run("customer-segmentation", name="changed", stage="refresh") as run_id:
        number, _, _ = register_version(
            change(read_version(found.files)), model=MODEL, run_id=run_id, note="", tags={**found.tags, **tags},
            hide_ids=False,
        )  # fmt: skip
    return number


@pytest.fixture(autouse=True)
def _first_is_champion(shop: Path) -> None:
    client = MlflowClient()
    for alias in client.get_registered_model(MODEL).aliases:
        client.delete_registered_model_alias(MODEL, alias)
    for key in client.get_registered_model(MODEL).tags:
        client.delete_registered_model_tag(MODEL, key)
    client.set_registered_model_alias(MODEL, "champion", "1")


def request(shop: Path, **given: Any) -> PromotionRequest:
    return PromotionRequest(conf=shop / "conf", **given)


def asked(shop: Path, version: str, *, force: bool = False, reason: str | None = None) -> SimpleNamespace:
    """What came of a promotion: its result or its refusal, and what was printed."""
    printed: list[str] = []
    try:
        done = promote(version, request(shop, force=force, reason=reason, echo=printed.append))
        return SimpleNamespace(done=done, refusal=None, printed="\n".join(printed))
    except GateRefusal as error:
        return SimpleNamespace(done=None, refusal=str(error), printed="\n".join(printed))


def failed_of(printed: str) -> list[str]:
    return [line.split()[1] for line in printed.splitlines() if line.startswith("FAILED")]


def limit(shop: Path, tmp_path: Path, **changes: Any) -> Path:
    """A shop's folder with other limits."""
    conf = tmp_path / "conf"
    conf.mkdir()
    given = yaml.safe_load((shop / "conf" / "promotion.yaml").read_text(encoding="utf-8"))
    (conf / "promotion.yaml").write_text(yaml.safe_dump({**given, **changes}))
    (conf / "tracking.yaml").write_bytes((shop / "conf" / "tracking.yaml").read_bytes())
    return tmp_path


class TestPromote:
    def test_a_refresh_passes_every_check(self, shop):
        answer = asked(shop, "2", reason="January")
        assert answer.done == {"model": MODEL, "version": "2", "replaced": "1", "overruled": []}
        lines = answer.printed.splitlines()
        assert [line.split()[:2] for line in lines] == [["passed", name] for name in EVERY]
        assert "None of them due to new clusters." in answer.printed
        assert registry.read_aliases(MODEL) == {"champion": "2", "previous": "1"}
        (entry,) = registry.history(MODEL)
        assert (entry.action, entry.from_version, entry.to_version, entry.state, entry.forced, entry.reason) == (
            "promote", "1", "2", "done", False, "January",
        )  # fmt: skip
        assert [gate["name"] for gate in entry.gates] == EVERY

    def test_where_model_code_is_forbidden_the_installed_code_answers(self, shop, monkeypatch):
        monkeypatch.setenv("MLFLOW_ALLOW_MODEL_CODE_EXECUTION", "false")
        monkeypatch.setattr("clientela.registry.gate_runner.probe", None)
        monkeypatch.setattr("mlflow.pyfunc.load_model", None)
        assert asked(shop, "2").done["version"] == "2"

    def test_the_refit_tells_what_new_clusters_did(self, shop):
        redrawn = MlflowClient().get_run(MlflowClient().get_model_version(MODEL, "3").run_id).data.metrics
        answer = asked(shop, "3", force=True, reason="a test")
        assert f"New clusters alone moved {redrawn['redrawn_share']:.1%} of the version's customers." in answer.printed
        assert f"{redrawn['moved_share']:.1%} of the " in answer.printed
        assert answer.done["replaced"] == "1"

    def test_a_version_that_lost_customers_is_refused_and_nothing_changes(self, shop):
        answer = asked(shop, "4")
        assert failed_of(answer.printed) == ["covers"]
        first, covers, last = answer.refusal.splitlines()
        assert first == (
            "Version 4 of customer-segments must pass the gate to become champion; it fails 1 of 9 checks."
        )
        assert covers.startswith("  covers: The version knows ")
        assert "at least 100.00% are required" in covers
        assert last.startswith("Nothing was changed. To promote it nevertheless: -P force=true")
        assert registry.read_aliases(MODEL) == {"champion": "1"}
        assert registry.history(MODEL) == []

    def test_a_reason_alone_forces_nothing(self, shop):
        assert asked(shop, "4", reason="because").refusal

    def test_with_force_and_a_reason_it_is_promoted_and_recorded(self, shop):
        answer = asked(shop, "4", force=True, reason="the others were test accounts")
        assert answer.done == {"model": MODEL, "version": "4", "replaced": "1", "overruled": ["covers"]}
        (entry,) = registry.history(MODEL)
        assert (entry.forced, entry.reason, entry.state) == (True, "the others were test accounts", "done")
        assert [gate["name"] for gate in entry.gates if not gate["passed"]] == ["covers"]

    def test_force_where_nothing_fails_is_not_recorded_as_forced(self, shop):
        assert asked(shop, "2", force=True, reason="to be sure").done["overruled"] == []
        assert registry.history(MODEL)[0].forced is False

    @pytest.mark.parametrize("reason", [None, "", "  "])
    def test_force_without_a_reason_is_refused_before_anything_runs(self, shop, monkeypatch, reason):
        monkeypatch.setattr("clientela.workflows.promote.run_checks", None)
        with pytest.raises(InvalidInput, match="must say why the gate is overruled"):
            asked(shop, "4", force=True, reason=reason)

    def test_an_older_version_that_knew_fewer_is_refused(self, shop):
        asked(shop, "2")
        answer = asked(shop, "1")
        assert failed_of(answer.printed) == ["covers", "fresh"]
        assert "As-of date 2024-07-01 must not precede the champion's (2025-01-01)" in answer.refusal
        assert registry.read_aliases(MODEL)["champion"] == "2"

    def test_without_a_champion_it_must_only_be_served(self, shop):
        MlflowClient().delete_registered_model_alias(MODEL, "champion")
        answer = asked(shop, "4")
        assert answer.done["replaced"] is None
        assert answer.printed.count("There is no champion to compare with.") == len(COMPARISONS)

    def test_the_settings_are_the_limits(self, shop, tmp_path):
        folder = limit(shop, tmp_path, covers=0.4, moved=0.0)
        assert failed_of(asked(folder, "4").printed) == []
        asked(folder, "1", force=True, reason="back")
        assert failed_of(asked(folder, "2").printed) == ["drift"]

    def test_a_version_of_another_data_set_is_refused(self, shop):
        number = register_changed("2", lambda version: version, dataset="demo")
        answer = asked(shop, number)
        assert failed_of(answer.printed) == ["comparable"]
        assert f"Version {number} was built from 'demo', the champion (version 1) from 'shop'" in answer.refusal

    def test_worse_metrics_are_refused(self, shop):
        found = registry.fetch(MODEL, version="2").tags
        number = register_changed("2", lambda version: version, silhouette=f"{float(found['silhouette']) - 0.06:.4f}")
        answer = asked(shop, number)
        assert failed_of(answer.printed) == ["metrics"]
        assert (
            f"Silhouette is {float(found['silhouette']) - 0.06:.4f}, the champion's is {found['silhouette']}"
            in answer.refusal
        )

    def test_a_version_that_cannot_be_served_cannot_be_forced(self, shop):
        number = register_changed("2", lambda version: replace(version, as_of=date(2025, 1, 2)))
        (registry.fetch(MODEL, version=number).files / "index.arrow").unlink()
        answer = asked(shop, number, force=True, reason="it is needed")
        assert failed_of(answer.printed) == ["loads", "answers"]
        assert answer.refusal.endswith("A version that cannot be served cannot be forced. Nothing was changed.")
        (registry.fetch(MODEL, version=number).files / "segments.json").unlink()
        answer = asked(shop, number, force=True, reason="it is needed")
        assert failed_of(answer.printed) == ["loads"]
        assert "The version must be readable; it is not." in answer.refusal
        assert registry.read_aliases(MODEL) == {"champion": "1"} | {
            alias: version for alias, version in registry.read_aliases(MODEL).items() if alias == "challenger"
        }
        assert [entry.action for entry in registry.history(MODEL)] == ["register"]

    def test_a_champion_that_cannot_be_read_stands_in_the_way_until_it_is_forced(self, shop):
        number = register_changed("1", lambda version: version)
        MlflowClient().set_registered_model_alias(MODEL, "champion", number)
        (registry.fetch(MODEL, version=number).files / "segments.json").unlink()
        answer = asked(shop, "2")
        assert failed_of(answer.printed) == ["comparable"]
        assert "cannot be read, so nothing can be compared." in answer.refusal
        assert asked(shop, "2", force=True, reason="the champion is broken").done["overruled"] == ["comparable"]

    def test_a_champion_that_changes_while_the_gate_runs_is_not_replaced(self, shop):
        moved = []

        def meanwhile(_: str) -> None:
            if not moved:
                moved.append(registry.move_champion(MODEL, "4", champion="1", change=Change("promote")))

        with pytest.raises(RegistryError, match="must still be version 1, .* It is version 4 now"):
            promote("2", request(shop, echo=meanwhile))
        assert registry.read_aliases(MODEL)["champion"] == "4"
        assert [entry.state for entry in registry.history(MODEL)] == ["refused", "done"]

    def test_a_version_that_is_not_there_runs_no_check(self, shop, monkeypatch):
        monkeypatch.setattr("clientela.workflows.promote.run_checks", None)
        with pytest.raises(RegistryError, match="The version parameter must be one of 1, 2, 3, 4.* Got '99' instead"):
            asked(shop, "99")


class TestRollback:
    def test_it_brings_the_previous_back_without_comparing_it(self, shop):
        asked(shop, "2")
        printed: list[str] = []
        done = rollback(request(shop, reason="complaints", echo=printed.append))
        assert done == {"model": MODEL, "version": "1", "replaced": "2", "overruled": []}
        assert [line.split()[:2] for line in printed[0].splitlines()] == [["passed", name] for name in EVERY[:3]]
        assert registry.read_aliases(MODEL) == {"champion": "1", "previous": "2"}
        entry = registry.history(MODEL)[0]
        assert (entry.action, entry.from_version, entry.to_version, entry.reason) == (
            "rollback", "2", "1", "complaints",
        )  # fmt: skip

    def test_one_that_cannot_be_served_is_refused(self, shop):
        number = register_changed("1", lambda version: version)
        MlflowClient().set_registered_model_alias(MODEL, "previous", number)
        (registry.fetch(MODEL, version=number).files / "index.arrow").unlink()
        with pytest.raises(GateRefusal, match=r"(?s)it fails 2 of 3 checks.*  loads: .*cannot be forced"):
            rollback(request(shop))
        assert registry.read_aliases(MODEL)["champion"] == "1"

    def test_without_a_previous_there_is_nothing_to_bring_back(self, shop):
        with pytest.raises(RegistryError, match="No version has been promoted yet."):
            rollback(request(shop))
