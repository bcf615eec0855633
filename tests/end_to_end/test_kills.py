"""benchmarks/kills.py for some commands: after a kill at any moment, the registry and the exports are whole."""

import kills
import pytest

pytestmark = pytest.mark.slow


def test_commands_that_are_killed_leave_a_champion_and_whole_files(tmp_path):
    outcome = kills.kill(tmp_path, kills=6, minutes=3, seed=1)
    assert outcome.problems == []
    assert sum(outcome.kills.values()) == 6
