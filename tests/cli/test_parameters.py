"""Parameters that are numbers: what is read, and what is refused in one sentence."""

import pytest

from clientela.cli.parameters import parse_cost, parse_days, parse_share, parse_uplift
from clientela.errors import InvalidInput


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (lambda text: parse_share("control", text), "1"),
        (lambda text: parse_share("control", text), "nan"),
        (parse_uplift, "0"),
        (parse_cost, "-1"),
        (parse_days, "1.5"),
        (parse_days, "x"),
    ],
)
def test_other_parameters_are_refused(parse, text):
    with pytest.raises(InvalidInput, match="parameter must be .* Got"):
        parse(text)


def test_empty_parameters_are_not_given():
    assert (parse_share("control", ""), parse_uplift(""), parse_cost(""), parse_days("")) == (None, None, 0.0, None)
