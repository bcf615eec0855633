"""Mistakes in conf/forecast.yaml are refused."""

import pytest
import yaml
from pydantic import ValidationError

from clientela.settings.forecast import ForecastSettings


@pytest.fixture
def content(root):
    return yaml.safe_load((root / "conf" / "forecast.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("part", "key", "value", "message"),
    [
        ("season", "year_weights", [1.0], "must have the same length; got 3 and 1"),
        ("profiles", "recency_days", [60, 30], "recency_days must rise"),
        ("profiles", "value_weight", [5.0, 0.3], "value_weight must rise"),
        ("intervals", "total", 0, "greater than 0"),
        ("season", "years_back", [364], "Extra inputs"),
    ],
)
def test_a_mistake_is_refused(content, part, key, value, message):
    content[part][key] = value
    with pytest.raises(ValidationError, match=message):
        ForecastSettings.model_validate(content)
