"""Titles and currencies in MLflow's notes are shown as they are."""

import pytest

from clientela.reporting.markdown import as_markdown
from clientela.segmentation.report.texts import segments_table


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A shop, 2011 (UK) - no. 1", "A shop, 2011 (UK) - no. 1"),
        ("![x](http://x)", r"\!\[x\](http://x)"),
        ("<img src=x>", r"\<img src=x\>"),
        ("a | b\n# c", r"a \| b # c"),
        ("**a** `b` _c_", r"\*\*a\*\* \`b\` \_c\_"),
    ],
)
def test_signs_of_markdown_are_escaped(text, expected):
    assert as_markdown(text) == expected


def test_a_currency_does_not_break_the_table():
    assert r"mean spend (\| x)" in segments_table([], "| x")
