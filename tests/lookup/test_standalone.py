"""The single file of a version's code: further parts of a product."""

from pathlib import Path

import pytest

import clientela.churn
from clientela.lookup.standalone import standalone

CHURN = Path(clientela.churn.__file__).parent


def test_parts_of_the_product_are_included_without_imports(tmp_path):
    model = tmp_path / "model.py"
    model.write_text("from clientela.churn.scorer import band_of\n\nBANDS = [band_of]\n")
    code = standalone(model, parts=[CHURN / "scorer.py"])
    assert code.count("def band_of(") == 1
    assert "from clientela" not in code
    assert code.endswith("BANDS = [band_of]\n")


def test_a_part_that_is_not_listed_is_refused(tmp_path):
    model = tmp_path / "model.py"
    model.write_text("from clientela.churn.reasons import reasons_of\n")
    with pytest.raises(ValueError, match=r"Got clientela\.churn\.reasons"):
        standalone(model, parts=[CHURN / "scorer.py"])


def test_a_name_defined_in_two_files_is_refused(tmp_path):
    model = tmp_path / "model.py"
    model.write_text("EDGE = 0.5\n")
    with pytest.raises(ValueError, match=r"model.py must not define what an earlier part defines. Got EDGE."):
        standalone(model, parts=[CHURN / "scorer.py"])
