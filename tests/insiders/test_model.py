"""The registered Insiders model: its answers, what it refuses, and that its code file works without clientela."""

import ast
import json
import math
import subprocess
import sys
from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from clientela.errors import RegistryError
from clientela.insiders.model import InsiderLookup
from clientela.insiders.version import InsidersVersion, read_members, read_version, version_code, write_version
from clientela.lookup.ids import RequestError
from clientela.lookup.standalone import standalone

CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["1", "2", "3"],
        "member": [True, True, False],
        "enters": [True, False, False],
        "spend": [900.0, 350.0, 420.5],
        "orders": [9.0, 2.0, 2.0],
        "days": [5.0, 80.0, 75.0],
        "expected": [300.0, 90.0, math.nan],
        "low": [100.0, 0.0, math.nan],
        "high": [600.0, 200.0, math.nan],
    }
)
TEXTS = {
    "entry": {"en": "spent a lot", "pt-BR": "gastou muito"},
    "removal": {"en": "spent enough", "pt-BR": "gastou o bastante"},
}
CARD = {
    "rules": {
        "window_days": 180,
        "entry": {"spend": 500.0, "orders": 3, "days": 60},
        "removal": {"spend": 300.0, "orders": 2, "days": 90},
    },
    "window_days": 180,
    "months": 3,
    "level": 0.9,
    "currency": "GBP",
    "texts": TEXTS,
}
VERSION = InsidersVersion(date(2024, 1, 31), CUSTOMERS, CARD)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_version(tmp_path_factory.mktemp("insiders"), VERSION)


@pytest.fixture(scope="module")
def lookup(files):
    model = InsiderLookup()
    model.load_context(SimpleNamespace(artifacts={name: str(path) for name, path in files.items()}))
    return model


def ask(lookup, ids, **params):
    return lookup.predict(None, pd.DataFrame({"customer_id": pd.Series(ids, dtype=object)}), params or None)


def test_a_member_gets_the_distance_to_removal(lookup):
    assert ask(lookup, ["1"]) == [
        {
            "customer_id": "1",
            "member": True,
            "rule": "spent a lot",
            "distance": {"to": "leave", "spend": 600.0, "orders": 7.0, "days": 85.0},
            "expected_value": 300.0,
            "interval": [100.0, 600.0],
        }
    ]


def test_a_kept_member_gets_the_rule_to_stay(lookup):
    (answer,) = ask(lookup, [2.0])
    assert (answer["member"], answer["rule"]) == (True, "spent enough")
    assert answer["distance"] == {"to": "leave", "spend": 50.0, "orders": 0.0, "days": 10.0}


def test_another_customer_gets_the_distance_to_entry(lookup):
    (answer,) = ask(lookup, [3])
    assert (answer["member"], answer["rule"]) == (False, "spent a lot")
    assert answer["distance"] == {"to": "enter", "spend": 79.5, "orders": 1.0, "days": 15.0}
    assert (answer["expected_value"], answer["interval"]) == (None, None)


def test_unknown_ids_and_duplicates_are_answered_in_order(lookup):
    answers = ask(lookup, ["nobody", "1", None, "1.0"], detail=True)
    assert [(answer["customer_id"], answer["member"]) for answer in answers] == [
        ("nobody", None), ("1", True), (None, None), ("1", True),
    ]  # fmt: skip
    assert answers[0] == {
        "customer_id": "nobody", "member": None, "rule": None, "distance": None, "expected_value": None,
        "interval": None, "detail": None,
    }  # fmt: skip


def test_detail_adds_the_rule_in_every_language_and_the_figures(lookup):
    answers = ask(lookup, ["1", "2", "3"], detail=True)
    assert [answer["detail"]["status"] for answer in answers] == ["enters", "stays", "outside"]
    assert answers[1]["detail"] == {
        "status": "stays",
        "rule": TEXTS["removal"],
        "customer": {"spend": 350.0, "orders": 2.0, "days": 80.0},
        "as_of": "2024-01-31",
        "window_days": 180,
        "months": 3,
        "level": 0.9,
        "currency": "GBP",
    }
    json.dumps(answers, allow_nan=False)


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (pd.DataFrame({"id": ["1"]}), "The request has no customer ids"),
        (pd.DataFrame({"customer_id": []}), "The list of customer ids is empty"),
        (pd.DataFrame({"customer_id": [[1]]}), "Each customer id must be text or a number"),
    ],
)
def test_an_invalid_request_is_refused_with_one_sentence(lookup, frame, says):
    with pytest.raises(RequestError) as caught:
        lookup.predict(None, frame)
    assert caught.value.sentence.startswith(says)


def test_the_written_members_are_read(files):
    assert read_members(files["customers"].parent).to_dict() == {"1": True, "2": True, "3": False}


def test_the_written_version_is_read(files):
    read = read_version(files["customers"].parent)
    assert (read.as_of, read.card) == (VERSION.as_of, VERSION.card)
    pd.testing.assert_frame_equal(read.customers, CUSTOMERS, check_dtype=False)


@pytest.mark.parametrize(
    ("file", "text"), [("programme.json", None), ("programme.json", "{}"), ("customers.arrow", "")]
)
def test_a_version_with_an_invalid_file_is_not_read(tmp_path, file, text):
    write_version(tmp_path, VERSION)
    if text is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_text(text)
    with pytest.raises(RegistryError, match="must contain its customers"):
        read_version(tmp_path)


def test_the_code_file_does_not_import_clientela_and_defines_each_name_once():
    tree = ast.parse(version_code())
    imported = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    imported += [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in imported if name.startswith("clientela")]
    defined = [node.name for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    assert len(defined) == len(set(defined))
    assert {"CustomerIndex", "IdLookup", "InsiderLookup"} <= set(defined)


def test_other_imports_of_clientela_are_refused(tmp_path):
    path = tmp_path / "other.py"
    path.write_text("from clientela.errors import InvalidInput\n")
    with pytest.raises(ValueError, match=r"nothing of clientela but its lookup. Got clientela\.errors"):
        standalone(path)


def test_names_that_two_files_define_are_refused(tmp_path):
    path = tmp_path / "other.py"
    path.write_text(
        "from clientela.lookup.id_lookup import MANY\n\nSEND = 'again'\n\n\ndef canonical_id():\n    pass\n"
    )
    with pytest.raises(
        ValueError, match=r"other.py must not define what clientela.lookup defines. Got SEND, canonical_id."
    ):
        standalone(path)


def test_the_code_file_answers_without_clientela_installed(tmp_path, files):
    code = tmp_path / "pyfunc.py"
    code.write_text(version_code(), encoding="utf-8")
    script = f"""
import sys, types
sys.modules["clientela"] = None
import mlflow, pandas as pd
from types import SimpleNamespace
namespace = {{"__name__": "version"}}
exec(compile(open({str(code)!r}).read(), "insiders.py", "exec"), namespace)
model = namespace["InsiderLookup"]()
model.load_context(SimpleNamespace(artifacts={ {name: str(path) for name, path in files.items()}!r}))
print([a["member"] for a in model.predict(None, pd.DataFrame({{"customer_id": ["1", "3", "x"]}}))])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[True, False, None]"
