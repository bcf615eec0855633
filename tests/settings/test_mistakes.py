"""What is said of a mistake in the file of a data set: the file, the key, what was expected, and the value."""

import pytest
import yaml

from clientela.errors import InvalidSettings
from clientela.settings import load_settings

DATASET = {
    "name": "mine",
    "title": "My shop",
    "columns": {"customer_id": "Client", "ordered_at": "Date", "amount": "Total"},
    "cleaning": [{"rule": rule} for rule in ("unreadable_date", "missing_customer_id", "bad_amount")],
}


@pytest.fixture
def mistake(root, tmp_path):
    def load(text):
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InvalidSettings) as caught:
            load_settings(str(path), conf=root / "conf")
        said = str(caught.value)
        assert said.startswith(f"{path}: ")
        assert "\n" not in said
        assert "My shop" not in said  # no dump of the file
        return said.removeprefix(f"{path}: ")

    return load


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"columms": {"a": "b"}}, "columms: unknown key, did you mean 'columns'? (got a mapping)"),
        ({"source": 5}, "source: must be a valid string or a mapping of keys to values (got 5)"),
        ({"source": {"glob": 3}}, "source.glob: must be a valid string (got 3)"),
        ({"source": {"glob": "*.csv", "x": 1}}, "source.x: unknown key (got 1)"),
        ({"encoding": "utf-99"}, "encoding: must be the name of a text encoding, such as utf-8, cp1252 or utf-16 (g"),
        ({"encoding": "base64"}, "encoding: must be the name of a text encoding"),
        ({"delimiter": ";;"}, "delimiter: must have at most 1 character (got ';;')"),
        ({"decimal": ";"}, "decimal: must be '.' or ',' (got ';')"),
        ({"thousands": "."}, "decimal and thousands must be different signs; got '.' for both"),
        ({"skip_rows": "two"}, "skip_rows: must be a valid integer (got 'two')"),
        ({"timezone": "Sao Paulo"}, "timezone: must be an IANA name, such as America/Sao_Paulo (got 'Sao Paulo')"),
        ({"timestamp_format": "dd/mm/yyyy"}, "timestamp_format: must be a strptime format, such as %d/%m/%Y, or ISO86"),
        ({"timestamp_format": ["%d/%m/%Y", "dd"]}, "timestamp_format.1: must be a strptime format"),
        ({"plausible_dates": ["1990-01-01"]}, "plausible_dates.1: required key is missing"),
        ({"plausible_dates": ["2020-01-01", "1990-01-01"]}, "plausible_dates must be a first and a last date; got"),
        ({"largest_unreadable_share": 5}, "largest_unreadable_share: must be less than or equal to 1 (got 5)"),
        ({"keep": {"Status": True}}, "keep.Status: must be a list or a mapping of keys to values (got True)"),
        ({"drop": {"Paid": ["x", True]}}, "drop.Paid.1: the words yes, no, true and false must be quoted"),
        ({"drop": {"Paid": {"empty": "maybe"}}}, "drop.Paid.empty: must be a valid boolean (got 'maybe')"),
        ({"joins": [{"source": "a.csv"}]}, "joins.0.on: required key is missing"),
        ({"amount_is": "lines"}, "amount_is: must be 'line' or 'order' (got 'lines')"),
        ({"columns": {"customer_id": "a", "orderd_at": "b", "amount": "c"}}, "Did you mean 'ordered_at'?"),
        ({"columns": {"customer_id": "a", "amount": "c"}}, "columns must map ['ordered_at']"),
        ({"cleaning": [{"rule": "bad_amuont"}]}, "cleaning.0.rule: must be 'unreadable_date', "),
        ({"title": "x" * 99, "skip_rows": "y" * 99}, f"(got '{'y' * 59}...)"),
        ({"title": 1, "skip_rows": -1}, "skip_rows: must be greater than or equal to 0 (got -1); title: must be a va"),
    ],
)  # fmt: skip
def test_a_mistake_names_the_key_what_was_expected_and_the_value(mistake, change, says):
    assert says in mistake(yaml.safe_dump({**DATASET, **change}))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name: a\ntitle: [\n", "is not YAML (line 3, column 1: expected the node content, but found '<stream end>')."),
        ("title: a: b\n", "is not YAML (line 1, column 9: mapping values are not allowed here)."),
        ("drop:\n  Status: [x]\n  Status: [y]\n", "is not YAML (line 3, column 3: the key 'Status' occurs twice)."),
        ("- a\n- b\n", "the file: must be a mapping of keys to values (got a list of 2)"),
        ("", "the file: must be a mapping of keys to values (got None)"),
        ("a: \x01", "is not YAML (unacceptable character #x0001: special characters are not allowed)."),
    ],
)
def test_what_is_not_yaml_is_named_by_its_line(mistake, text, says):
    assert mistake(text) == says


def test_anchors_and_merged_keys_are_no_repeated_keys(root, tmp_path):
    content = yaml.safe_dump({name: value for name, value in DATASET.items() if name != "cleaning"})
    rules = "cleaning:\n- &r {rule: unreadable_date}\n- {<<: *r, rule: missing_customer_id}\n- {rule: bad_amount}\n"
    (tmp_path / "mine.yaml").write_text(content + rules)
    dataset = load_settings(str(tmp_path / "mine.yaml"), conf=root / "conf").dataset
    assert [rule.rule for rule in dataset.cleaning] == ["unreadable_date", "missing_customer_id", "bad_amount"]
