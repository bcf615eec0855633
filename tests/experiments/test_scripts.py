"""The entry scripts of the MLproject run the commands of the same name."""

import runpy
from pathlib import Path

import pytest

from clientela.cli import main

SCRIPTS = sorted((Path(__file__).resolve().parents[2] / "experiments").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_is_the_command_of_its_name(script):
    found = runpy.run_path(str(script))
    assert found[script.stem] is main.commands[script.stem.replace("_", "-")]
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 6
