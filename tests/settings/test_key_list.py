"""Changing the list of keys in conf/server.yaml keeps everything else."""

import pytest
import yaml

from clientela.errors import InvalidInput, InvalidSettings
from clientela.settings.key_list import add_key, key_names, remove_key

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
BEFORE, AFTER = "open: false\n# who may ask\n", "\nmetrics_need_key: true # behind\n"
# The list in all layouts in which people write it, and the same list with one more key.
LAYOUTS = {
    "no keys": ("keys: []", f"keys:\n  - {{name: new, sha256: {C}}}"),
    "no keys, with a comment": ("keys: [] # none", f"keys: # none\n  - {{name: new, sha256: {C}}}"),
    "empty": ("keys:", f"keys:\n  - {{name: new, sha256: {C}}}"),
    "empty, with a comment": ("keys: # none", f"keys: # none\n  - {{name: new, sha256: {C}}}"),
    "null": ("keys: null", None),
    "one per line": (
        f"keys: # mine\n  - {{name: a, sha256: {A}}} # first\n  # between\n  - {{name: b, sha256: {B}}} # last",
        f"keys: # mine\n  - {{name: a, sha256: {A}}} # first\n  # between\n  - {{name: b, sha256: {B}}} # last\n"
        f"  - {{name: new, sha256: {C}}}",
    ),
    "not indented": (
        f"keys:\n- {{name: a, sha256: {A}}}",
        f"keys:\n- {{name: a, sha256: {A}}}\n- {{name: new, sha256: {C}}}",
    ),
    "two lines per key": (
        f"keys:\n    - name: a\n      sha256: {A} # first\n    # last",
        f"keys:\n    - name: a\n      sha256: {A} # first\n    - {{name: new, sha256: {C}}}\n    # last",
    ),
    "in brackets": (
        f"keys: [{{name: a, sha256: {A}}}, {{name: b, sha256: {B}}}] # two",
        f"keys: [{{name: a, sha256: {A}}}, {{name: b, sha256: {B}}}, {{name: new, sha256: {C}}}] # two",
    ),
}  # fmt: skip


@pytest.mark.parametrize("end", [AFTER, "\n", ""], ids=["in the middle", "at the end", "without a last line end"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_key_is_added_and_the_rest_stays(layout, end):
    keys, expected = LAYOUTS[layout]
    changed = add_key(BEFORE + keys + end, "new", C)
    read = yaml.safe_load(changed)
    before = yaml.safe_load(BEFORE + keys + end)
    assert read == {**before, "keys": [*(before["keys"] or []), {"name": "new", "sha256": C}]}
    assert changed.startswith(BEFORE)
    if expected is not None:
        assert changed.rstrip("\n") == (BEFORE + expected + end).rstrip("\n")


@pytest.mark.parametrize("end", [AFTER, "\n", ""])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_removing_the_added_key_gives_the_keys_of_before(layout, end):
    before = BEFORE + LAYOUTS[layout][0] + end
    after = remove_key(add_key(before, "new", C), "new")
    assert (yaml.safe_load(after)["keys"] or []) == (yaml.safe_load(before)["keys"] or [])
    for comment in ("# who may ask", "# none", "# mine", "# first", "# between", "# last", "# two", "# behind"):
        assert (comment in after) == (comment in before)


@pytest.mark.parametrize("name", ["a", "b"])
@pytest.mark.parametrize("layout", ["one per line", "in brackets"])
def test_a_removed_key_is_gone_and_the_other_is_there(layout, name):
    changed = remove_key(BEFORE + LAYOUTS[layout][0] + AFTER, name)
    (left,) = {"a", "b"} - {name}
    assert key_names(changed) == [left]
    assert yaml.safe_load(changed)["metrics_need_key"] is True
    assert "# behind" in changed


def test_names_that_yaml_would_read_as_numbers_are_in_quotes():
    changed = add_key(add_key("keys: []\n", "2024", "1" * 64), "on", C)
    assert yaml.safe_load(changed)["keys"] == [{"name": "2024", "sha256": "1" * 64}, {"name": "on", "sha256": C}]


def test_windows_line_ends_stay():
    changed = add_key(f"open: false\r\nkeys:\r\n  - {{name: a, sha256: {A}}}\r\nworkers: 2\r\n", "new", C)
    assert yaml.safe_load(changed) == {
        "open": False, "workers": 2, "keys": [{"name": "a", "sha256": A}, {"name": "new", "sha256": C}],
    }  # fmt: skip
    assert changed.count("\n") == changed.count("\r\n")


@pytest.mark.parametrize("name", ["", "a b", "ção", "a/b", "x" * 65, "-\n"])
def test_an_invalid_name_is_refused(name):
    with pytest.raises(InvalidInput, match="The name of a key must have 1 to 64 letters"):
        add_key("keys: []", name, C)


def test_a_name_that_is_there_is_refused_without_its_hash():
    with pytest.raises(InvalidInput, match="must be new. Got 'a'") as caught:
        add_key(BEFORE + LAYOUTS["one per line"][0], "a", C)
    assert A not in str(caught.value)


def test_a_name_that_is_not_there_cannot_be_removed():
    with pytest.raises(InvalidInput, match="must be one of a, b. Got 'c'"):
        remove_key(LAYOUTS["in brackets"][0], "c")
    with pytest.raises(InvalidInput, match="there are no keys"):
        remove_key("keys: []", "c")


@pytest.mark.parametrize(("text", "says"), [
    ("open: false\n", "keys: required key is missing"),
    ("keys: crm\n", "keys: must be a list"),
    ("keys: [{sha256: x}]\n", "keys: must be a list"),
    ("keys: []\n  - {name: a}\n", "is not YAML .line 2"),
    ("- a\n", "keys: required key is missing"),
])  # fmt: skip
def test_a_text_that_cannot_be_changed_is_refused(text, says):
    for change in (lambda: add_key(text, "new", C), lambda: remove_key(text, "new"), lambda: key_names(text)):
        with pytest.raises(InvalidSettings, match=says):
            change()
