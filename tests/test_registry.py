"""The registry on a store of its own: versions, aliases, and what a version holds."""

from collections.abc import Iterator
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
from clientela.serving import index

MODEL = "customer-segments"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, fresh_store) -> Iterator[Path]:
    """A fresh store in a folder of its own, as a newcomer's checkout is."""
    folder = tmp_path_factory.mktemp("registry")
    with fresh_store(folder):
        mlflow.create_experiment("versions")
        yield folder


def register(folder: Path, *, day: int) -> tuple[str, str]:
    """Register a version of two customers as of a day of January; the day is their number of orders."""
    customers = pd.DataFrame({"customer_id": ["17850", "A1"], "segment_id": [1, 2], "rule": 0})
    customers = customers.assign(**dict.fromkeys(index.FIGURES, float(day)))
    texts = {"name": {"en": "Champions"}, "description": {"en": "They buy."}, "action": {"en": "Thank them."}}
    version = index.Version(
        as_of=date(2024, 1, day),
        customers=customers,
        segments=[{"id": 1, "rank": 1, **texts}, {"id": 2, "rank": 2, **texts, "name": {"en": "Lost"}}],
        rules=[{"segment_id": 1, "customers": 2, "precision": 0.5, "text": {"en": "anybody"}, "conditions": []}],
        clustering={"scaler": None},
        last_id=2,
    )
    files = folder / f"day-{day}"
    files.mkdir()
    with mlflow.start_run(experiment_id=MlflowClient().get_experiment_by_name("versions").experiment_id) as run:
        artifacts = index.write_version(files, version)
        return registry.register(
            MODEL,
            run_id=run.info.run_id,
            code=index.PYFUNC,
            artifacts=artifacts,
            example_ids=["17850", "A1"],
            note=f"As of **January {day}**.",
            tags={"as_of": f"2024-01-{day:02d}", "parent_run": run.info.run_id},
        )


def held() -> dict[str, str]:
    return {alias: str(version) for alias, version in MlflowClient().get_registered_model(MODEL).aliases.items()}


@pytest.fixture(scope="module")
def versions(store: Path) -> list[tuple[tuple[str, str], dict[str, str]]]:
    """What registering three versions returned, each with the aliases after it."""
    return [(register(store, day=day), held()) for day in (1, 2, 3)]


@pytest.fixture
def aliases(versions: object) -> Iterator[None]:
    """The aliases as they are after the three, whatever a test before this one moved."""
    client = MlflowClient()
    for alias in client.get_registered_model(MODEL).aliases:
        client.delete_registered_model_alias(MODEL, alias)
    client.set_registered_model_alias(MODEL, "champion", "1")
    client.set_registered_model_alias(MODEL, "challenger", "3")


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

    def test_the_champion_is_not_touched_and_the_newest_is_the_challenger(self, versions):
        assert [aliases for _, aliases in versions] == [
            {"champion": "1"},
            {"champion": "1", "challenger": "2"},
            {"champion": "1", "challenger": "3"},
        ]

    def test_the_model_and_its_versions_say_what_they_are(self, versions):
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

    def test_it_has_a_signature_and_an_example(self, folder):
        info = mlflow.models.get_model_info(str(folder))
        (column,) = info.signature.inputs.inputs
        assert (column.name, column.type.name, column.required) == ("customer_id", "string", False)
        assert info.signature.outputs.input_names() == ["customer_id", "segment"]
        (detail,) = info.signature.params.params
        assert (detail.name, detail.dtype.name, detail.default) == ("detail", "boolean", False)
        example = mlflow.models.Model.load(str(folder)).load_input_example(str(folder))
        assert example.to_dict("list") == {"customer_id": ["17850", "A1"]}

    def test_it_pins_what_its_code_imports(self, folder):
        requirements = (folder / "requirements.txt").read_text().split()
        assert [line.partition("==")[0] for line in requirements] == ["mlflow", "pandas", "pyarrow"]
        assert all("==" in line for line in requirements)

    def test_nothing_in_it_is_a_pickle(self, folder):
        files = [file for file in folder.rglob("*") if file.is_file()]
        assert {"pyfunc.py", "customers.arrow", "segments.json", "clustering.skops"} <= {file.name for file in files}
        assert not [file for file in files if file.suffix in (".pkl", ".pickle", ".joblib", ".cloudpickle")]
        for file in files:
            content = file.read_bytes()
            # protocols 2 and later open with this byte and end with a stop
            assert not (content[:1] == b"\x80" and content[-1:] == b"."), file
        assert "python_model.pkl" not in (folder / "MLmodel").read_text()

    def test_the_code_is_logged_as_it_is(self, folder):
        assert (folder / "pyfunc.py").read_bytes() == index.PYFUNC.read_bytes()
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

    def test_it_loads_where_pickles_are_refused(self, versions, monkeypatch):
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
    def test_the_champion_with_its_tags_and_files(self):
        found = registry.fetch(MODEL)
        assert (found.number, found.tags["as_of"]) == ("1", "2024-01-01")
        assert index.read_version(found.files).as_of == date(2024, 1, 1)
        assert {path.name for path in found.files.iterdir()} == {
            "customers.arrow", "segments.json", "clustering.skops",
        }  # fmt: skip

    @pytest.mark.parametrize(("alias", "number"), [("champion", "1"), ("challenger", "3")])
    def test_by_alias(self, alias, number):
        found = registry.fetch(MODEL, alias=alias)
        assert (found.number, index.read_version(found.files).as_of.day) == (number, int(number))

    def test_the_alias_is_followed_when_it_moves(self):
        registry.promote(MODEL, "2")
        assert registry.fetch(MODEL).number == "2"
        assert registry.fetch(MODEL, alias="previous").number == "1"

    @pytest.mark.parametrize("number", ["1", "2", "3"])
    def test_by_number_whatever_its_alias(self, number):
        found = registry.fetch(MODEL, version=number)
        assert (found.number, found.tags["as_of"]) == (number, f"2024-01-0{number}")
        assert index.read_version(found.files).customers["order_count"].tolist() == [float(number)] * 2

    def test_a_number_goes_before_the_alias(self):
        assert registry.fetch(MODEL, alias="champion", version="2").number == "2"

    @pytest.mark.parametrize("version", ["9", "0", "-1", "abc", "1.0", "latest", "champion", "²"])
    def test_an_unknown_version_is_none(self, version):
        assert registry.fetch(MODEL, version=version) is None

    def test_a_number_is_told_as_the_registry_writes_it(self):
        assert registry.fetch(MODEL, version="02").number == "2"

    def test_an_alias_that_nobody_has_is_none(self):
        assert registry.fetch(MODEL, alias="previous") is None

    @pytest.mark.parametrize("version", [None, "1"])
    def test_a_model_that_is_not_there_is_none(self, version):
        assert registry.fetch("nothing", version=version) is None

    def test_an_error_of_the_store_is_not_taken_for_a_version_that_is_not_there(self, monkeypatch):
        def fail(*_):
            raise MlflowException("the disk is full")

        monkeypatch.setattr(MlflowClient, "get_model_version", fail)
        with pytest.raises(MlflowException, match="the disk is full"):
            registry.fetch(MODEL)

    def test_nothing_is_written_to_what_is_fetched(self, folder):
        before = state(folder)
        found = registry.fetch(MODEL, version="1")
        index.read_version(found.files)
        assert state(folder) == before
        assert found.files == folder / "artifacts"  # the store's own, where it is a folder of this machine


@pytest.mark.usefixtures("aliases")
class TestPromote:
    def test_the_champion_becomes_previous(self):
        assert registry.promote(MODEL, "2") == "1"
        assert held() == {"champion": "2", "previous": "1", "challenger": "3"}

    def test_a_challenger_that_is_promoted_is_no_longer_the_challenger(self):
        assert registry.promote(MODEL, "3") == "1"
        assert held() == {"champion": "3", "previous": "1"}

    def test_where_there_is_no_champion_there_is_no_previous(self):
        MlflowClient().delete_registered_model_alias(MODEL, "champion")
        assert registry.promote(MODEL, "2") is None
        assert held() == {"champion": "2", "challenger": "3"}

    @pytest.mark.parametrize("version", ["9", "", "latest", "champion", "01", "1.0"])
    def test_an_unknown_version_is_refused_with_the_known_ones(self, version):
        before = held()
        with pytest.raises(RegistryError) as caught:
            registry.promote(MODEL, version)
        assert str(caught.value) == (
            f"The version parameter must be one of 1, 2, 3 of customer-segments. Got {version!r} instead."
        )
        assert held() == before

    def test_the_champion_cannot_be_promoted(self):
        before = held()
        with pytest.raises(RegistryError) as caught:
            registry.promote(MODEL, "1")
        assert str(caught.value) == "Version 1 of customer-segments is the champion already."
        assert held() == before

    def test_a_model_that_is_not_there(self):
        with pytest.raises(RegistryError) as caught:
            registry.promote("nothing", "1")
        assert str(caught.value) == "The registry must hold the model 'nothing'; it does not. Run a comparison first."


@pytest.mark.usefixtures("aliases")
class TestRollback:
    def test_it_swaps_champion_and_previous_and_swaps_again(self):
        registry.promote(MODEL, "2")
        assert registry.rollback(MODEL) == ("1", "2")
        assert held() == {"champion": "1", "previous": "2", "challenger": "3"}
        assert registry.rollback(MODEL) == ("2", "1")
        assert held() == {"champion": "2", "previous": "1", "challenger": "3"}

    def test_it_brings_back_the_last_champion_and_not_the_first(self):
        registry.promote(MODEL, "2")
        registry.promote(MODEL, "3")
        assert registry.rollback(MODEL) == ("2", "3")

    def test_an_error_of_the_store_is_not_taken_for_a_model_that_is_not_there(self, monkeypatch):
        def fail(*_):
            raise MlflowException("the disk is full")

        monkeypatch.setattr(MlflowClient, "get_registered_model", fail)
        with pytest.raises(MlflowException, match="the disk is full"):
            registry.rollback(MODEL)

    @pytest.mark.parametrize("model", [MODEL, "nothing"])
    def test_nothing_was_promoted_yet(self, model):
        with pytest.raises(RegistryError) as caught:
            registry.rollback(model)
        assert str(caught.value) == (
            f"The model {model!r} must have the alias previous; it does not. Nothing was promoted yet."
        )
