"""The probe: loading a version in a separate process, and the verdicts on its answers."""

from pathlib import Path

import mlflow
import pytest
from mlflow.tracking import MlflowClient

from clientela import registry
from clientela.registry.child import VersionKilled
from clientela.registry.probe import model_code_is_allowed, probe, probe_installed, verdicts
from clientela.segmentation.gate import GoldenSegments
from clientela.segmentation.version import open_lookup

from .conftest import MODEL, register

GOLDEN = GoldenSegments({"17850": (1, "Champions"), "A1": (2, "Lost")}, "nobody")


def probed(model: str, version: str, golden: GoldenSegments, *, seconds: float) -> list[registry.CheckResult]:
    with registry.copied(model, version) as found:
        return probe(found.files, golden, seconds=seconds)


def shown(results) -> dict[str, tuple[bool, object, object]]:
    return {result.name: (result.passed, result.measured, result.required) for result in results}


@pytest.mark.parametrize(
    ("given", "allowed"), [(None, True), ("true", True), ("1", True), ("false", False), ("False", False), ("0", False)]
)
def test_the_variable_of_mlflow_decides_whether_code_is_run(monkeypatch, given, allowed):
    monkeypatch.delenv("MLFLOW_ALLOW_MODEL_CODE_EXECUTION", raising=False)
    if given is not None:
        monkeypatch.setenv("MLFLOW_ALLOW_MODEL_CODE_EXECUTION", given)
    assert model_code_is_allowed() is allowed


def test_nothing_but_the_probe_loads_a_model_with_mlflow(root):
    files = (root / "src" / "clientela").rglob("*.py")
    assert [path.name for path in files if ".load_model(" in path.read_text(encoding="utf-8")] == ["clean_process.py"]


@pytest.mark.parametrize("wrong", [{}, {"17850": (1, "Lost"), "A1": (2, "Lost")}])
def test_the_installed_code_is_probed(monkeypatch, tmp_path, wrong):
    rows = {
        "plain": [{"customer_id": "17850", "segment": "Champions"}],
        "detailed": [{"customer_id": "17850", "segment": "Champions", "detail": None}],
    }
    monkeypatch.setattr("clientela.registry.probe.open_in_child", lambda *_, **__: {"loaded": True, **rows})
    golden = GoldenSegments(wrong or {"17850": (1, "Champions")}, "nobody")
    loads, answers = probe_installed(str, tmp_path, golden, seconds=9)
    assert (loads.passed, answers.passed) == (True, False)


def test_a_version_that_ends_the_process_does_not_load(monkeypatch, tmp_path):
    def end(*_, **__):
        raise VersionKilled("The version ended the process that tried to open it (SIGSEGV).")

    monkeypatch.setattr("clientela.registry.probe.open_in_child", end)
    loads, answers = probe_installed(str, tmp_path, GOLDEN, seconds=9)
    assert (loads.passed, answers.passed, "SIGSEGV" in loads.sentence) == (False, False, True)


@pytest.mark.slow
class TestProbe:
    def test_a_version_answers_with_the_installed_code(self, versions):
        with registry.copied(MODEL, "2") as found:
            results = probe_installed(open_lookup, found.files / "artifacts", GOLDEN, seconds=120)
        assert [result.passed for result in results] == [True, True]

    def test_a_version_loads_and_answers(self, versions):
        loads, answers = probed(MODEL, "2", GOLDEN, seconds=120)
        assert (loads.passed, loads.required) == (True, 120)
        assert 0 < loads.measured < 120
        assert (answers.passed, answers.measured, answers.required) == (True, 3, 3)

    def test_an_answer_that_differs_from_the_table_fails(self, versions):
        wrong = GoldenSegments({"17850": (1, "Champions"), "A1": (1, "Champions")}, "nobody")
        loads, answers = probed(MODEL, "2", wrong, seconds=120)
        assert loads.passed
        assert (answers.passed, answers.measured, answers.required) == (False, 2, 3)
        assert answers.sentence.startswith("The version answers 2 of 3 ids as its table says")

    def test_the_process_sees_neither_this_project_nor_pythonpath(self, versions, tmp_path, monkeypatch):
        (tmp_path / "pyarrow.py").write_text("raise RuntimeError('not the real one')")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.chdir(tmp_path)
        assert all(result.passed for result in probed(MODEL, "1", GOLDEN, seconds=120))

    def test_the_version_is_not_modified(self, store, versions):
        files = registry.fetch(MODEL, version="3").files.parent
        before = {path: path.stat().st_mtime_ns for path in files.rglob("*")}
        probed(MODEL, "3", GOLDEN, seconds=120)
        assert {path: path.stat().st_mtime_ns for path in files.rglob("*")} == before

    def test_a_pickle_is_refused(self, store, monkeypatch):
        monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "true")

        class Pickled(mlflow.pyfunc.PythonModel):
            def predict(self, context, model_input, params=None):
                return [{"customer_id": "17850", "segment": "Champions"}]

        with mlflow.start_run(experiment_id=MlflowClient().get_experiment_by_name("versions").experiment_id):
            mlflow.pyfunc.log_model(
                name="model", python_model=Pickled(), registered_model_name="pickled", pip_requirements=["mlflow"]
            )
        assert mlflow.pyfunc.load_model("models:/pickled/1")
        loads, answers = probed("pickled", "1", GOLDEN, seconds=120)
        assert not loads.passed
        assert not answers.passed
        assert "MLFLOW_ALLOW_PICKLE_DESERIALIZATION" in loads.sentence

    def test_a_missing_file_is_named(self, store):
        number, _ = register(store, day=8, model="broken")
        (registry.fetch("broken", version=number).files / "customers.arrow").unlink()
        loads, answers = probed("broken", number, GOLDEN, seconds=120)
        assert not loads.passed
        assert "customers.arrow" in loads.sentence
        assert (answers.passed, answers.measured, answers.required) == (False, 0, 3)

    def test_a_slow_process_is_ended(self, versions):
        loads, answers = probed(MODEL, "1", GOLDEN, seconds=0.2)
        assert (loads.passed, loads.measured, loads.required) == (False, 0.2, 0.2)
        assert "it was still running" in loads.sentence
        assert not answers.passed

    def test_nothing_is_left_in_the_temporary_folder(self, versions, tmp_path, monkeypatch):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        probed(MODEL, "1", GOLDEN, seconds=120)
        assert list(tmp_path.iterdir()) == []


PLAIN = [
    {"customer_id": "17850", "segment": "Champions"},
    {"customer_id": "A1", "segment": "Lost"},
    {"customer_id": "nobody", "segment": None},
]
DETAILED = [
    {**PLAIN[0], "detail": {"segment_id": 1}},
    {**PLAIN[1], "detail": {"segment_id": 2}},
    {**PLAIN[2], "detail": None},
]


class TestVerdicts:
    def results(self, **output) -> dict[str, tuple[bool, object, object]]:
        whole = {"loaded": True, "plain": PLAIN, "detailed": DETAILED}
        return shown(verdicts({**whole, **output}, GOLDEN, seconds=2.0, limit=120, problem="no error was printed"))

    def test_right_answers_pass(self):
        assert self.results() == {"loads": (True, 2.0, 120), "answers": (True, 3, 3)}

    @pytest.mark.parametrize(
        "output",
        [
            {"plain": [*PLAIN[:2], {"customer_id": "nobody", "segment": "Lost"}]},
            {"plain": [{**PLAIN[0], "segment": "Lost"}, *PLAIN[1:]]},
            {"plain": [{"segment": "Champions"}, *PLAIN[1:]]},
            {"detailed": [*DETAILED[:2], {**PLAIN[2], "detail": {"segment_id": 1}}]},
            {"detailed": [{**DETAILED[0], "detail": None}, *DETAILED[1:]]},
            {"detailed": [{**DETAILED[0], "detail": {"segment_id": 2}}, *DETAILED[1:]]},
            {"detailed": ["no", *DETAILED[1:]]},
        ],
    )
    def test_one_wrong_answer_fails(self, output):
        assert self.results(**output)["answers"] == (False, 2, 3)

    @pytest.mark.parametrize("output", [{"plain": PLAIN[:2]}, {"detailed": []}, {"plain": {"predictions": PLAIN}}])
    def test_answers_of_another_length_or_type_fail(self, output):
        assert self.results(**output)["answers"] == (False, 0, 3)

    def test_a_version_that_loads_may_still_fail_to_answer(self):
        results = verdicts({"loaded": True}, GOLDEN, seconds=2.0, limit=120, problem="KeyError: 'detail'")
        assert shown(results) == {"loads": (True, 2.0, 120), "answers": (False, 0, 3)}
        assert "KeyError: 'detail'" in results[1].sentence


def test_the_script_of_the_clean_process_imports_nothing_of_clientela(root: Path):
    assert "clientela" not in [
        line.split()[1].partition(".")[0]
        for line in (root / "src/clientela/registry/clean_process.py").read_text().splitlines()
        if line.startswith(("import ", "from "))
    ]
