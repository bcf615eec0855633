"""The soak test of benchmarks/soak.py for some seconds: promotions, rollbacks and a killed worker under load."""

import json

import pytest
import soak

pytestmark = pytest.mark.slow


def test_no_request_fails_while_the_champion_moves_and_a_worker_is_killed(tmp_path, fresh_store):
    with fresh_store(tmp_path):
        outcome = soak.soak(tmp_path, seconds=16, moves=4, clients=4, slow=4)
        assert outcome.failed == []
        assert outcome.wrong == []
        assert outcome.alerts == 0
        assert set(outcome.versions) == set(soak.VERSIONS)
        assert outcome.moves == 4
        assert len(outcome.kills) == 1
        # Only what the killed worker held: at most one request of each connection.
        assert outcome.retries <= 4
        assert outcome.requests > 500
        assert outcome.slow > 4
        assert min(outcome.busy) > 0.01
        assert soak.registry.read_aliases(soak.MODEL)["champion"] == "1"
        entries = soak.registry.history(soak.MODEL)
        assert [entry.action for entry in entries[:4]] == ["rollback", "promote", "rollback", "promote"]


def test_an_answer_of_two_versions_is_wrong():
    question = soak.questions("key")[-1]
    one, other = [body for body, version in question.version_of.items() if version in "12"]
    assert question.version_of[one] == "1"
    half = len(one) // 2
    assert one[:half] + other[half:] not in question.version_of
    rows = [json.loads(body)["customers"] for body in (one, other)]
    assert all(a["segment"] != b["segment"] for a, b in zip(*rows, strict=True))
