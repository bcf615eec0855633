"""The aliases after a change, the entries of the audit, and the lease."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from clientela import registry
from clientela.errors import InvalidInput, RegistryError
from clientela.registry import Change, CheckResult, lease
from clientela.registry.audit import LONGEST_ENTRY, check_reason

from .conftest import MODEL, held, register

pytestmark = pytest.mark.usefixtures("aliases")


def promote(version: str, champion: str | None = "1", **change) -> None:
    registry.move_champion(MODEL, version, champion=champion, change=Change("promote", **change))


class TestMove:
    def test_the_champion_becomes_previous(self):
        promote("2")
        assert held() == {"champion": "2", "previous": "1", "challenger": "3"}

    def test_a_challenger_that_is_promoted_is_no_longer_the_challenger(self):
        promote("3")
        assert held() == {"champion": "3", "previous": "1"}

    def test_without_a_champion_there_is_no_previous_version(self):
        MlflowClient().delete_registered_model_alias(MODEL, "champion")
        promote("2", None)
        assert held() == {"champion": "2", "challenger": "3"}

    @pytest.mark.parametrize(("expected", "text"), [("2", "version 2"), (None, "none")])
    def test_nothing_moves_if_the_champion_changed_meanwhile(self, expected, text):
        before = held()
        with pytest.raises(RegistryError) as caught:
            promote("3", expected)
        assert str(caught.value) == (
            f"The champion of customer-segments must still be {text}, with which the new version was compared. "
            "It is version 1 now. Nothing was changed; try again."
        )
        assert held() == before
        assert [entry.state for entry in registry.history(MODEL)] == ["refused"]

    def test_a_challenger_left_by_an_interrupted_promotion_is_removed(self):
        client = MlflowClient()
        client.set_registered_model_alias(MODEL, "challenger", "1")
        promote("2")
        assert held() == {"champion": "2", "previous": "1"}


class TestRequire:
    @pytest.mark.parametrize("version", ["9", "", "latest", "champion", "01", "1.0"])
    def test_an_unknown_version_is_refused_with_the_known_ones(self, version):
        with pytest.raises(RegistryError) as caught:
            registry.require_promotable(MODEL, version)
        assert str(caught.value) == (
            f"The version parameter must be one of 1, 2, 3 of customer-segments. Got {version!r} instead."
        )

    def test_the_champion_cannot_be_promoted(self):
        with pytest.raises(RegistryError, match="Version 1 of customer-segments is the champion already."):
            registry.require_promotable(MODEL, "1")

    def test_an_unknown_model_is_refused(self):
        with pytest.raises(RegistryError) as caught:
            registry.require_promotable("nothing", "1")
        assert str(caught.value) == "The registry must hold the model 'nothing'; it does not. Run a comparison first."

    def test_the_champion_that_a_version_would_replace_is_returned(self):
        assert registry.require_promotable(MODEL, "2") == "1"
        MlflowClient().delete_registered_model_alias(MODEL, "champion")
        assert registry.require_promotable(MODEL, "2") is None

    def test_rollback_returns_to_the_last_champion_not_the_first(self):
        promote("2")
        promote("3", "2")
        assert registry.require_previous(MODEL) == ("2", "3")

    @pytest.mark.parametrize("model", [MODEL, "nothing"])
    def test_rollback_without_a_promotion_is_refused(self, model):
        with pytest.raises(RegistryError) as caught:
            registry.require_previous(model)
        assert str(caught.value) == (
            f"The model {model!r} must have the alias previous; it does not. No version has been promoted yet."
        )

    def test_rollback_after_an_interrupted_promotion_is_refused(self):
        MlflowClient().set_registered_model_alias(MODEL, "previous", "1")
        with pytest.raises(RegistryError, match="both name version 1: the last promotion was interrupted"):
            registry.require_previous(MODEL)

    @pytest.mark.parametrize("ask", [registry.require_previous, registry.read_aliases, registry.history])
    def test_an_error_of_the_store_is_not_taken_for_a_missing_model(self, monkeypatch, ask):
        def fail(*_):
            raise MlflowException("the disk is full")

        monkeypatch.setattr(MlflowClient, "get_registered_model", fail)
        with pytest.raises(MlflowException, match="the disk is full"):
            ask(MODEL)


class TestAudit:
    def test_an_entry_records_time_user_change_and_reason(self, monkeypatch):
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ana")
        gate = CheckResult(
            "covers", False, "The version knows 90.00% of them; at least 100.00% are required.", 0.9, 1.0
        )
        promote("2", reason="the others left", forced=True, gates=[gate])
        (entry,) = registry.history(MODEL)
        assert abs(datetime.fromisoformat(entry.at) - datetime.now(UTC)) < timedelta(minutes=1)
        assert (entry.who, entry.action, entry.alias, entry.from_version, entry.to_version) == (
            "ana", "promote", "champion", "1", "2",
        )  # fmt: skip
        assert (entry.reason, entry.forced, entry.state) == ("the others left", True, "done")
        assert entry.gates == [{"name": gate.name, "passed": False, "sentence": gate.sentence}]

    def test_history_is_newest_first_and_limited(self):
        promote("2")
        promote("3", "2")
        promote("1", "3")
        assert [entry.to_version for entry in registry.history(MODEL)] == ["1", "3", "2"]
        assert [entry.to_version for entry in registry.history(MODEL, limit=2)] == ["1", "3"]

    def test_an_unknown_model_has_no_history(self):
        assert registry.history("nothing") == []

    def test_a_registration_writes_an_entry(self, store, versions):
        assert register(store, day=4, model="another") == ("1", "champion")
        assert register(store, day=5, model="another") == ("2", "challenger")
        assert register(store, day=6, model="another") == ("3", "challenger")
        assert [(e.action, e.alias, e.from_version, e.to_version, e.state) for e in registry.history("another")] == [
            ("register", "challenger", "2", "3", "done"),
            ("register", "challenger", None, "2", "done"),
            ("register", "champion", None, "1", "done"),
        ]

    def test_an_entry_is_a_tag_whose_key_sorts_by_time(self):
        MlflowClient().set_registered_model_tag(MODEL, "team", "crm")
        promote("2")
        tags = MlflowClient().get_registered_model(MODEL).tags
        (key,) = tags.keys() - {"team"}
        assert re.fullmatch(r"audit\.\d{8}T\d{6}\.\d{6}Z\.[0-9a-f]{8}", key)
        assert len(registry.history(MODEL)) == 1

    @pytest.mark.parametrize("text", ["x", "ç", '"', "\\"])
    def test_an_entry_fits_the_databases_column_with_any_text(self, text):
        gates = [CheckResult(f"gate-{i}", i > 1, " ".join([text * 30] * 40)) for i in range(8)]
        promote("2", reason=text * 500, gates=gates)
        (value,) = MlflowClient().get_registered_model(MODEL).tags.values()
        assert len(value) <= LONGEST_ENTRY == 5000
        (entry,) = registry.history(MODEL)
        assert entry.reason == text * 500
        assert [gate["name"] for gate in entry.gates if not gate["passed"]] == ["gate-0", "gate-1"]

    def test_an_unexpected_error_leaves_the_entry_begun(self, monkeypatch):
        def fail(*_):
            raise MlflowException("the disk is full")

        monkeypatch.setattr(MlflowClient, "set_registered_model_alias", fail)
        with pytest.raises(MlflowException):
            promote("2")
        assert [entry.state for entry in registry.history(MODEL)] == ["begun"]

    @pytest.mark.parametrize(("given", "kept"), [(None, None), ("", None), ("  ", None), (" São João ", "São João")])
    def test_a_reason_is_stripped_and_empty_is_none(self, given, kept):
        assert check_reason(given) == kept

    @pytest.mark.parametrize("reason", ["x" * 501, "two\nlines", "a\x00"])
    def test_an_invalid_reason_is_refused(self, reason):
        with pytest.raises(InvalidInput, match="one line of at most 500 characters. Got"):
            check_reason(reason)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"at": 1}', "[" * 5_000, '{"gates": null}'])
def test_an_entry_that_cannot_be_read_is_left_out_with_a_warning(text, caplog):
    promote("2")
    MlflowClient().set_registered_model_tag(MODEL, "audit.9999", text)
    assert [entry.to_version for entry in registry.history(MODEL, limit=1)] == ["2"]
    assert ["audit.9999" in record.getMessage() for record in caplog.records] == [True]
    promote("3", "2")
    assert held()["champion"] == "3"


def test_entries_with_values_of_other_types_are_left_out():
    promote("2")
    ((key, value),) = MlflowClient().get_registered_model(MODEL).tags.items()
    for name, wrong in (("at", 1), ("forced", "no"), ("gates", {}), ("gates", [1]), ("reason", 5), ("extra", 1)):
        text = json.dumps({**json.loads(value), name: wrong})
        MlflowClient().set_registered_model_tag(MODEL, key, text)
        assert registry.history(MODEL) == [], name


class TestLease:
    def tag(self, seconds: float) -> datetime:
        ends = datetime.now(UTC) + timedelta(seconds=seconds)
        MlflowClient().set_registered_model_tag(MODEL, "lease.another", ends.isoformat())
        return ends

    def leases(self) -> list[str]:
        return [key for key in MlflowClient().get_registered_model(MODEL).tags if key.startswith("lease.")]

    def test_the_lease_is_removed_at_the_end(self):
        with lease.hold_lease(MODEL):
            assert len(self.leases()) == 1
        assert self.leases() == []

    def test_the_lease_is_removed_after_an_error(self):
        with pytest.raises(ZeroDivisionError), lease.hold_lease(MODEL):
            raise ZeroDivisionError
        assert self.leases() == []

    def test_while_another_process_holds_the_lease_nothing_moves_and_no_entry_is_written(self, monkeypatch):
        monkeypatch.setattr(lease, "LONGEST_WAIT", 0.5)
        self.tag(60)
        before = held()
        with pytest.raises(RegistryError, match="by one process at a time. Others changed them for 0 s"):
            promote("2")
        assert held() == before
        assert registry.history(MODEL) == []
        assert self.leases() == ["lease.another"]

    def test_an_expiring_lease_is_awaited_and_removed(self):
        ends = self.tag(1)
        promote("2")
        assert datetime.now(UTC) > ends
        assert held()["champion"] == "2"
        assert self.leases() == []

    @pytest.mark.parametrize("text", ["9999-01-01T00:00:00+00:00", "soon", "", "2026-01-01", "{}", "\x00"])
    def test_a_lease_that_no_process_can_hold_is_removed_with_a_warning(self, text, caplog):
        MlflowClient().set_registered_model_tag(MODEL, "lease.bad", text)
        promote("2")
        assert held()["champion"] == "2"
        assert self.leases() == []
        assert [record.getMessage() for record in caplog.records if "lease.bad" in record.getMessage()]

    def test_a_lease_of_a_clock_a_year_ahead_is_removed(self):
        self.tag(365 * 86_400)
        promote("2")
        assert held()["champion"] == "2"

    @pytest.mark.parametrize("change", [lambda: promote("2"), lambda: registry.aliases.assign_alias(MODEL, "2")])
    def test_a_process_that_lost_its_lease_changes_no_alias(self, change, monkeypatch):
        before = held()
        read = registry.aliases.read_aliases

        def suspended(model):
            for key in self.leases():  # as another process does when the lease has expired
                MlflowClient().delete_registered_model_tag(MODEL, key)
            return read(model)

        monkeypatch.setattr(registry.aliases, "read_aliases", suspended)
        with pytest.raises(RegistryError, match="must not expire before they are changed"):
            change()
        assert held() == before
        assert [entry.state for entry in registry.history(MODEL)] == ["refused"]

    def test_a_process_that_was_slow_changes_no_alias(self, monkeypatch):
        before = held()
        monkeypatch.setattr(lease, "SECONDS", -1.0)
        with pytest.raises(RegistryError, match="must not expire"):
            promote("2")
        assert held() == before

    def test_two_leases_in_one_process_exclude_each_other(self, monkeypatch):
        monkeypatch.setattr(lease, "LONGEST_WAIT", 0.2)
        with lease.hold_lease(MODEL), pytest.raises(RegistryError), lease.hold_lease(MODEL):
            pass


def test_an_entry_is_plain_json():
    promote("2")
    (value,) = MlflowClient().get_registered_model(MODEL).tags.values()
    assert json.loads(value)["state"] == "done"
