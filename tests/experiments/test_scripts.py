"""The entry scripts of the MLproject run the commands of the same name."""

import runpy
import sys
from pathlib import Path

import pytest

from clientela.cli import main

SCRIPTS = sorted((Path(__file__).resolve().parents[2] / "experiments").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_is_the_command_of_its_name(script):
    found = runpy.run_path(str(script))
    name = script.stem.strip("_")  # a script must not have the name of a module of Python
    group, _, own = name.partition("_")
    if group in main.commands and own:
        assert found[own] is main.commands[group].commands[own]
    else:
        assert found[name] is main.commands[name.replace("_", "-")]
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 6


def test_no_script_hides_a_module_of_python():
    assert [script.stem for script in SCRIPTS if script.stem in sys.stdlib_module_names] == []
