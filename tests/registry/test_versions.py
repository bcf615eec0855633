"""Versions on a store of its own: what a registration leaves, what a version answers, what is fetched."""

import shutil
import sys
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlparse

import mlflow
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from clientela import registry
from clientela.errors import RegistryError
from clientela.registry import Change
from clientela.registry.contents import check_contents
from clientela.segmentation import version as index

from .conftest import MODEL, register


@pytest.fixture(scope="module")
def folder(versions: object) -> Path:
    """Where the first version's files lie."""
    uri = MlflowClient().get_model_version_download_uri(MODEL, "1")
    path = Path(unquote(urlparse(uri).path))
    assert path.is_dir()
    return path


class TestRegister:
    def test_the_first_becomes_champion_and_the_next_ones_challengers(self, versions):
        assert [returned for returned, _ in versions] == [("1", "champion"), ("2", "challenger"), ("3", "challenger")]

    def test_the_champion_stays_and_the_newest_version_is_the_challenger(self, versions):
        assert [aliases for _, aliases in versions] == [
            {"champion": "1"},
            {"champion": "1", "challenger": "2"},
            {"champion": "1", "challenger": "3"},
        ]

    def test_the_model_and_its_versions_have_descriptions_and_tags(self, versions):
        client = MlflowClient()
        model = client.get_registered_model(MODEL)
        assert "POST /invocations" in model.description
        for alias in ("champion", "challenger", "previous"):
            assert f"`{alias}`" in model.description
        version = client.get_model_version(MODEL, "2")
        assert version.description == "As of **January 2**."
        assert version.tags["as_of"] == "2024-01-02"
        assert version.tags["parent_run"] == version.run_id
        assert client.get_run(version.run_id).info.status == "FINISHED"

    def test_a_version_has_a_signature_and_an_example(self, folder):
        info = mlflow.models.get_model_info(str(folder))
        (column,) = info.signature.inputs.inputs
        assert (column.name, column.type.name, column.required) == ("customer_id", "string", False)
        assert info.signature.outputs.input_names() == ["customer_id", "segment"]
        (detail,) = info.signature.params.params
        assert (detail.name, detail.dtype.name, detail.default) == ("detail", "boolean", False)
        example = mlflow.models.Model.load(str(folder)).load_input_example(str(folder))
        assert example.to_dict("list") == {"customer_id": ["17850", "A1"]}

    def test_a_version_pins_the_packages_that_its_code_imports(self, folder):
        requirements = (folder / "requirements.txt").read_text().split()
        assert [line.partition("==")[0] for line in requirements] == ["mlflow", "numpy", "pandas", "pyarrow"]
        assert all("==" in line for line in requirements)

    def test_a_version_contains_no_pickle(self, folder):
        files = [file for file in folder.rglob("*") if file.is_file()]
        assert {"pyfunc.py", "customers.arrow", "segments.json", "clustering.skops"} <= {file.name for file in files}
        assert not [file for file in files if file.suffix in (".pkl", ".pickle", ".joblib", ".cloudpickle")]
        for file in files:
            content = file.read_bytes()
            # protocols 2 and later open with this byte and end with a stop
            assert not (content[:1] == b"\x80" and content[-1:] == b"."), file
        assert "python_model.pkl" not in (folder / "MLmodel").read_text()

    def test_the_code_is_logged_as_it_is(self, folder):
        assert (folder / "pyfunc.py").read_bytes() == index.version_code().encode()
        assert not (folder / "code").exists()


class TestAnswer:
    FRAME = pd.DataFrame({"customer_id": ["A1", "17850.0", "nobody"]})
    SEGMENTS = ("Lost", "Champions", None)

    def test_a_version_loads_and_answers(self, versions):
        model = mlflow.pyfunc.load_model(f"models:/{MODEL}/1")
        answer = model.predict(self.FRAME)
        assert answer == [
            {"customer_id": id_, "segment": segment}
            for id_, segment in zip(["A1", "17850", "nobody"], self.SEGMENTS, strict=True)
        ]
        detailed = model.predict(self.FRAME, params={"detail": True})
        assert detailed[0]["detail"]["as_of"] == "2024-01-01"
        assert detailed[2]["detail"] is None

    def test_a_version_loads_with_pickles_refused(self, versions, monkeypatch):
        monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
        answer = mlflow.pyfunc.load_model(f"models:/{MODEL}/2").predict(self.FRAME)
        assert tuple(row["segment"] for row in answer) == self.SEGMENTS

    def test_each_version_answers_with_its_own_data(self, versions):
        days = [
            mlflow.pyfunc.load_model(f"models:/{MODEL}/{version}").predict(self.FRAME, params={"detail": True})[0]
            for version in (1, 3)
        ]
        assert [day["detail"]["customer"]["order_count"] for day in days] == [1.0, 3.0]


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


@pytest.mark.usefixtures("aliases")
class TestFetch:
    def test_the_champion_is_fetched_with_its_tags_and_files(self):
        found = registry.fetch(MODEL)
        assert (found.number, found.tags["as_of"]) == ("1", "2024-01-01")
        assert index.read_version(found.files).as_of == date(2024, 1, 1)
        assert {path.name for path in found.files.iterdir()} == {
            "customers.arrow", "index.arrow", "segments.json", "clustering.skops",
        }  # fmt: skip

    @pytest.mark.parametrize(("alias", "number"), [("champion", "1"), ("challenger", "3")])
    def test_a_version_is_fetched_by_alias(self, alias, number):
        found = registry.fetch(MODEL, alias=alias)
        assert (found.number, index.read_version(found.files).as_of.day) == (number, int(number))

    def test_the_alias_is_followed_when_it_moves(self):
        registry.move_champion(MODEL, "2", champion="1", change=Change("promote"))
        assert registry.fetch(MODEL).number == "2"
        assert registry.fetch(MODEL, alias="previous").number == "1"

    @pytest.mark.parametrize("number", ["1", "2", "3"])
    def test_a_version_is_fetched_by_number(self, number):
        found = registry.fetch(MODEL, version=number)
        assert (found.number, found.tags["as_of"]) == (number, f"2024-01-0{number}")
        assert index.read_version(found.files).customers["order_count"].tolist() == [float(number)] * 2

    def test_a_number_takes_precedence_over_the_alias(self):
        assert registry.fetch(MODEL, alias="champion", version="2").number == "2"

    @pytest.mark.parametrize("version", ["9", "0", "-1", "abc", "1.0", "latest", "champion", "²"])
    def test_an_unknown_version_is_none(self, version):
        assert registry.fetch(MODEL, version=version) is None

    def test_the_number_is_written_as_in_the_registry(self):
        assert registry.fetch(MODEL, version="02").number == "2"

    def test_an_unused_alias_is_none(self):
        assert registry.fetch(MODEL, alias="previous") is None

    @pytest.mark.parametrize("version", [None, "1"])
    def test_an_unknown_model_is_none(self, version):
        assert registry.fetch("nothing", version=version) is None

    def test_missing_files_are_refused(self, store):
        number, _ = register(store, day=9, model="emptied")
        shutil.rmtree(registry.fetch("emptied", version=number).files)
        with pytest.raises(RegistryError, match="The files of version 1 of emptied cannot be read"):
            registry.fetch("emptied", version=number)

    def test_an_error_of_the_store_is_not_taken_for_a_missing_version(self, monkeypatch):
        def fail(*_):
            raise MlflowException("the disk is full")

        monkeypatch.setattr(MlflowClient, "get_model_version", fail)
        with pytest.raises(MlflowException, match="the disk is full"):
            registry.fetch(MODEL)

    def test_fetching_writes_nothing_to_the_store(self, folder):
        before = state(folder)
        found = registry.fetch(MODEL, version="1")
        index.read_version(found.files)
        assert state(folder) == before
        assert found.files == folder / "artifacts"  # the store's own, where it is a folder of this machine


class TestRunMetrics:
    def test_the_metrics_of_a_run_are_returned(self, store):
        with mlflow.start_run(experiment_id=MlflowClient().get_experiment_by_name("versions").experiment_id) as run:
            mlflow.log_metric("redrawn_share", 0.25)
        assert registry.run_metrics(run.info.run_id) == {"redrawn_share": 0.25}

    @pytest.mark.parametrize("run_id", ["", "0" * 32])
    def test_a_missing_run_has_no_metrics(self, store, run_id):
        assert registry.run_metrics(run_id) == {}


class TestCompiledCode:
    """What Python compiles beside a version's code is no part of the version."""

    def test_registering_leaves_no_compiled_code_in_the_version(self, store, monkeypatch):
        monkeypatch.setattr(sys, "dont_write_bytecode", False)
        number, _ = register(store, day=9, model="compiled")
        with registry.copied("compiled", number) as found:
            assert (found.files / "pyfunc.py").is_file()
        location = Path(mlflow.artifacts.download_artifacts(f"models:/compiled/{number}"))
        assert not list(location.rglob("__pycache__"))
        assert not sys.dont_write_bytecode

    def test_a_copy_excludes_compiled_code_of_the_store(self, store):
        number, _ = register(store, day=10, model="served")
        location = Path(mlflow.artifacts.download_artifacts(f"models:/served/{number}"))
        (location / "__pycache__").mkdir()
        (location / "__pycache__" / "pyfunc.cpython-311.pyc").write_bytes(b"compiled")
        with registry.copied("served", number) as found:
            assert not list(found.files.rglob("*.pyc"))
            assert check_contents(found.files, code=index.version_code()).passed
