"""Changes that are killed after any call, and two changes at once: there is always one champion."""

import itertools
import multiprocessing
from datetime import UTC, datetime
from pathlib import Path

import changing
import mlflow
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient

from clientela import registry
from clientela.errors import RegistryError
from clientela.registry import Change, lease

from .conftest import MODEL, held

pytestmark = pytest.mark.slow

FORKS = multiprocessing.get_context("forkserver")
# What `changing` imports, and what MLflow imports at its first use. Before Python 3.13 `changing` itself is not found.
FORKS.set_forkserver_preload(
    [
        "mlflow.pyfunc.scoring_server",
        "mlflow.store.tracking.sqlalchemy_store",
        "mlflow.store.model_registry.sqlalchemy_store",
        "clientela.registry",
        "clientela.segmentation.version",
    ]
)
KILLED = 9
# Of a promotion: lease, entry, previous, champion, challenger, entry, lease.
PROMOTION = 7
# Of a rollback: the same without the challenger, which stays.
ROLLBACK = 6
# Of a registration: the files, the model, the version, lease, entry, alias, entry, lease.
REGISTRATION = 8


def end_leases() -> None:
    """Let the leases that are left end now, as if their 30 seconds had passed."""
    client, now = MlflowClient(), datetime.now(UTC).isoformat()
    for found in client.search_registered_models():
        for key in client.get_registered_model(found.name).tags:
            if key.startswith(lease.PREFIX):
                client.set_registered_model_tag(found.name, key, now)


class Changing:
    """A process that changes the registry, forked from one that has already imported MLflow, which takes seconds."""

    def __init__(self, said: Path, verb: str, *given: str, calls: int | None) -> None:
        self._said = said
        arguments = (str(said), mlflow.get_tracking_uri(), verb, calls, given)
        self._process = FORKS.Process(target=changing.main, args=arguments)
        self._process.start()

    def ended(self) -> tuple[int | None, str]:
        """The exit code, and the output; the lease of a killed process is over by then."""
        self._process.join(600)
        self._process.kill()
        if self._process.exitcode == KILLED:
            end_leases()
        return self._process.exitcode, self._said.read_text()


@pytest.fixture
def change(tmp_path):
    """Start to change the registry in a separate process."""
    numbers = itertools.count()
    return lambda *asked, calls: Changing(tmp_path / f"said-{next(numbers)}", *asked, calls=calls)


def champion_of(model: str) -> str | None:
    """The version of the champion, which must load and answer; None without a champion."""
    number = registry.read_aliases(model).get("champion")
    if number is not None:
        (answer,) = mlflow.pyfunc.load_model(f"models:/{model}@champion").predict(pd.DataFrame({"customer_id": ["A1"]}))
        assert answer["segment"] in ("Lost", "Champions")
    return number


def versions_of(model: str) -> set[str]:
    return {str(found.version) for found in MlflowClient().search_model_versions(f"name = '{model}'")}


def promote(model: str, version: str, champion: str | None) -> None:
    registry.move_champion(model, version, champion=champion, change=Change("promote"))


@pytest.mark.usefixtures("aliases")
class TestPromotion:
    @pytest.mark.parametrize("calls", range(PROMOTION + 1))
    def test_killed_after_a_call_the_old_or_the_new_version_is_champion(self, change, calls):
        code, said = change("promote", MODEL, "3", "1", calls=calls).ended()
        assert code == KILLED, said
        champion = champion_of(MODEL)
        assert champion == ("1" if calls < 4 else "3")
        entries = registry.history(MODEL)
        assert [entry.state for entry in entries] == {0: [], 1: []}.get(calls, ["begun" if calls < 6 else "done"])
        if champion == "3":
            assert held()["previous"] == "1"
        promote(MODEL, "2", champion)
        assert champion_of(MODEL) == "2"
        assert held() == {"champion": "2", "previous": champion} | ({"challenger": "3"} if champion == "1" else {})
        assert registry.history(MODEL)[0].state == "done"
        assert not [key for key in MlflowClient().get_registered_model(MODEL).tags if key.startswith("lease.")]

    def test_the_number_of_calls_is_as_expected(self, change):
        code, said = change("promote", MODEL, "3", "1", calls=PROMOTION + 1).ended()
        assert code == 0, said
        assert champion_of(MODEL) == "3"


@pytest.mark.usefixtures("aliases")
class TestRollback:
    @pytest.fixture(autouse=True)
    def _second_was_champion(self, aliases):
        MlflowClient().set_registered_model_alias(MODEL, "previous", "2")

    @pytest.mark.parametrize("calls", range(ROLLBACK + 1))
    def test_killed_after_a_call_the_old_or_the_new_version_is_champion(self, change, calls):
        code, said = change("rollback", MODEL, calls=calls).ended()
        assert code == KILLED, said
        champion = champion_of(MODEL)
        assert champion == ("1" if calls < 4 else "2")
        states = [entry.state for entry in registry.history(MODEL)]
        assert states == {0: [], 1: []}.get(calls, ["begun" if calls < 5 else "done"])
        if calls == 3:
            # Only the audit knows the previous version now; the error says what to do.
            with pytest.raises(RegistryError, match="both name version 1: the last promotion was interrupted"):
                registry.require_previous(MODEL)
            assert registry.history(MODEL)[0].to_version == "2"
            promote(MODEL, "2", "1")
        elif champion == "1":
            code, said = change("rollback", MODEL, calls=None).ended()
            assert code == 0, said
        assert champion_of(MODEL) == "2"
        assert held() == {"champion": "2", "previous": "1", "challenger": "3"}

    def test_the_number_of_calls_is_as_expected(self, change):
        code, said = change("rollback", MODEL, calls=ROLLBACK + 1).ended()
        assert code == 0, said
        assert held() == {"champion": "2", "previous": "1", "challenger": "3"}


class TestRegistration:
    @pytest.mark.usefixtures("aliases")
    def test_killed_while_writing_files_there_is_no_version_and_the_next_is_complete(self, change, store, tmp_path):
        before = versions_of(MODEL)
        code, said = change("register-some", MODEL, str(tmp_path), calls=None).ended()
        assert code == KILLED, said
        assert versions_of(MODEL) == before
        assert held() == {"champion": "1", "challenger": "3"}
        assert registry.history(MODEL) == []
        code, said = change("register", MODEL, str(tmp_path), calls=None).ended()
        assert code == 0, said
        (number,) = versions_of(MODEL) - before
        assert held() == {"champion": "1", "challenger": number}
        promote(MODEL, number, "1")
        assert champion_of(MODEL) == number

    @pytest.mark.parametrize("calls", range(REGISTRATION + 1))
    def test_the_first_version_killed_after_a_call_is_missing_or_answers(self, change, calls, store, tmp_path):
        model = f"first-{calls}"
        code, said = change("register", model, str(tmp_path), calls=calls).ended()
        assert code == KILLED, said
        assert champion_of(model) == (None if calls < 6 else "1")
        # The entry is about the alias, so there is none before the version gets one.
        assert [entry.state for entry in registry.history(model)] == (
            [] if calls < 5 else ["begun" if calls < 7 else "done"]
        )
        code, said = change("register", model, str(tmp_path), calls=None).ended()
        assert code == 0, said
        number = {**dict.fromkeys((0, 1, 2), "1"), **dict.fromkeys((3, 4, 5), "2")}.get(calls, "1")
        assert champion_of(model) == number
        if calls >= 3:
            # The version is complete, although it has no alias.
            other = "1" if number == "2" else "2"
            promote(model, other, number)
            assert champion_of(model) == other

    @pytest.mark.parametrize("calls", [0, 1, 2, 3, 5, 6, REGISTRATION])
    @pytest.mark.usefixtures("aliases")
    def test_a_later_version_killed_after_a_call_leaves_the_champion(self, change, calls, tmp_path):
        code, said = change("register", MODEL, str(tmp_path), calls=calls).ended()
        assert code == KILLED, said
        assert champion_of(MODEL) == "1"
        promote(MODEL, "2", "1")
        assert champion_of(MODEL) == "2"


@pytest.mark.usefixtures("aliases")
@pytest.mark.parametrize("turn", range(3))
def test_of_two_promotions_at_once_one_succeeds_and_the_other_is_refused(change, turn, tmp_path):
    both = [change("race", MODEL, version, "1", str(tmp_path), calls=None) for version in ("2", "3")]
    said = [process.ended() for process in both]
    assert [code for code, _ in said] == [0, 0], said
    (winner,) = [version for version, (_, text) in zip(("2", "3"), said, strict=True) if text.startswith("moved")]
    (refused,) = [text for _, text in said if not text.startswith("moved")]
    assert f"It is version {winner} now. Nothing was changed; try again." in refused
    assert champion_of(MODEL) == winner
    assert held() == {"champion": winner, "previous": "1"} | ({"challenger": "3"} if winner == "2" else {})
    states = {entry.to_version: (entry.from_version, entry.state) for entry in registry.history(MODEL)}
    assert states == {winner: ("1", "done"), ({"2", "3"} - {winner}).pop(): ("1", "refused")}


@pytest.mark.parametrize("turn", range(2))
def test_two_first_registrations_at_once_give_a_champion_and_a_challenger(change, turn, store, tmp_path):
    model = f"twins-{turn}"
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    both = [change("register", model, str(folder), calls=None) for folder in folders]
    assert [process.ended()[0] for process in both] == [0, 0]
    assert sorted(held(model)) == ["challenger", "champion"]
    assert sorted(held(model).values()) == ["1", "2"]
    assert champion_of(model)
