"""The worked example of docs/campaigns.md: from segments to a lift that is known, and what is learned from it."""

import re
import shlex

import pytest
from click.testing import CliRunner

from clientela.cli import main
from clientela.request import discard
from clientela.workflows.learned import insiders_rates

from .conftest import ROOT, copy_project

pytestmark = pytest.mark.slow

EXAMPLE = (ROOT / "docs" / "campaigns.md").read_text(encoding="utf-8").split("## Worked example")[1].split("\n## ")[0]
COMMANDS = re.search(r"```\n(clientela .*?)```", EXAMPLE, re.DOTALL)[1].splitlines()
SHOWN = [line for block in re.findall(r"```text\n(.*?)```", EXAMPLE, re.DOTALL) for line in block.splitlines()]


def squeezed(text):
    """Lines with single spaces: the widths of columns depend on the names of segments."""
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_worked_example_prints_what_the_page_shows_and_finds_the_planted_lift(template, tmp_path, fresh_store):
    project, printed = copy_project(template, tmp_path / "project"), []
    settings = project / "conf" / "campaigns.yaml"
    # One length of the period is enough; the page says nothing of the others.
    settings.write_text(settings.read_text(encoding="utf-8").replace("[30, 90, 180]", "[90]"), encoding="utf-8")
    with fresh_store(project):
        for command in COMMANDS:
            done = CliRunner().invoke(main, shlex.split(command)[1:])
            assert done.exit_code == 0, done.output
            printed += squeezed(done.output)
        missing = [line for line in SHOWN if not any(" ".join(line.split()) in one for one in printed)]
        assert missing == [], "\n".join(printed)
        planted = _number(r"worth ([\d,]+)\.", printed)
        low, high = (
            _number(rf"interval of the difference: {ends}", printed) for ends in (r"\+([\d,]+)", r"\S+ to \+([\d,]+)")
        )
        assert low < planted < high
        page = (project / "result.html").read_text(encoding="utf-8")
        assert "In total that is <strong>R$33,959</strong>" in page.replace("\xa0", " ")
        assert 'held out of all campaigns, to measure them together</th><td class="r">221<' in page
        assert (project / "plan.html").exists()
        rate = insiders_rates("demo", ["one_order"], assumed=0.1, echo=discard)["one_order"]
        response = _number(r"That is ([\d.]+) orders", printed)
        assert (rate["campaigns"], rate["is_own"]) == (1, False)
        assert rate["low"] < response < rate["high"]


def _number(pattern, printed):
    (found,) = [match[1] for line in printed if (match := re.search(pattern, line))]
    return float(found.replace(",", ""))
