"""The check `contents`: this project's versions pass; any file that could run code when it is read is named."""

import io
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import mlflow
import numpy as np
import pytest
import yaml
from mlflow.tracking import MlflowClient

from clientela import registry
from clientela.errors import RegistryError
from clientela.registry import contents
from clientela.registry.contents import check_contents, is_pickle
from clientela.segmentation.version import version_code

from .conftest import MODEL


@pytest.fixture(scope="module")
def ours(versions, tmp_path_factory) -> Path:
    """The whole of version 1."""
    folder = tmp_path_factory.mktemp("ours") / "version"
    with registry.copied(MODEL, "1") as found:
        assert (found.number, found.tags["as_of"]) == ("1", "2024-01-01")
        shutil.copytree(found.files, folder)
    assert not found.files.exists()
    return folder


@pytest.fixture
def version(ours, tmp_path) -> Path:
    return Path(shutil.copytree(ours, tmp_path / "version"))


def changed_card(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        card = yaml.safe_load((folder / "MLmodel").read_text())
        card["flavors"]["python_function"].update(changes)
        (folder / "MLmodel").write_text(yaml.safe_dump(card))

    return change


def another_flavor(folder: Path) -> None:
    card = yaml.safe_load((folder / "MLmodel").read_text())
    card["flavors"]["sklearn"] = {"pickled_model": "model.pkl"}
    (folder / "MLmodel").write_text(yaml.safe_dump(card))


def added(name: str, content: bytes) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    return change


def appended(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes() + content)


def in_archive(name: str, content: bytes) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        with ZipFile(folder / "artifacts/clustering.skops", "a") as archive:
            archive.writestr(name, content)

    return change


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def conda(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        environment = yaml.safe_load((folder / "conda.yaml").read_text())
        (folder / "conda.yaml").write_text(yaml.safe_dump({**environment, **changes}))

    return change


def deflated(name: str, size: int) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        with ZipFile(folder / "artifacts/clustering.skops", "a", ZIP_DEFLATED) as archive:
            archive.writestr(name, bytes(size))

    return change


def wild_offset(folder: Path) -> None:
    path = folder / "artifacts/customers.arrow"
    offsets = np.array([0, 5, 7], np.int32).tobytes()  # of the ids 17850 and A1
    assert offsets in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(offsets, np.array([0, 2_000_000_000, 7], np.int32).tobytes(), 1))


PICKLES = [pickle.dumps(["a pickle"], protocol=protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
WRONG = {
    "other code": (appended("pyfunc.py", b"\n"), "pyfunc.py is not the project's (SHA-256 "),
    "no code": (lambda folder: (folder / "pyfunc.py").unlink(), "pyfunc.py is missing"),
    "no card": (lambda folder: (folder / "MLmodel").unlink(), "MLmodel is missing"),
    "a card that is none": (added("MLmodel", b"- 1"), "MLmodel cannot be read"),
    "a module": (added("code/helper.py", b""), "code/helper.py is of a kind that is not known to be data"),
    "compiled": (added("artifacts/x.so", b"\x7fELF"), "artifacts/x.so is of a kind"),
    "hidden": (added(".pth", b"import os"), ".pth is of a kind"),
    "a pickle": (added("python_model.pkl", PICKLES[4]), "python_model.pkl is of a kind"),
    "a pickle as Arrow": (added("artifacts/index.arrow", PICKLES[4]), "artifacts/index.arrow is no Arrow file"),
    "a pickle as text": (added("artifacts/notes.txt", PICKLES[0]), "artifacts/notes.txt is a pickle"),
    "a pickle as JSON": (added("artifacts/segments.json", PICKLES[0]), "artifacts/segments.json is a pickle"),
    "a pickle as an archive": (added("artifacts/clustering.skops", PICKLES[2]), "clustering.skops cannot be read"),
    "a pickle in the archive": (in_archive("model.pkl", PICKLES[4]), "clustering.skops holds 'model.pkl', which is"),
    "objects in the archive": (in_archive("1.npy", npy(np.array([{}], object))), "clustering.skops cannot be read"),
    "an array of another length": (in_archive("1.npy", npy(np.zeros(3))[:-1]), "clustering.skops cannot be read"),
    "an archive that unpacks to too much": (deflated("1.npy", 100_000_000), "clustering.skops unpacks to 100,"),
    "a wrong offset": (wild_offset, "artifacts/customers.arrow is damaged"),
    "a YAML alias": (added("conda.yaml", b"a: &x [1]\nb: *x\n"), "conda.yaml holds a YAML alias"),
    "another loader": (changed_card(loader_module="os"), "MLmodel has the loader 'os'"),
    "a pickled model": (changed_card(python_model="python_model.pkl"), "MLmodel has the loader 'mlflow.pyfunc.loaders"),
    "a code path": (changed_card(code="artifacts"), "MLmodel has the loader"),
    "code of another name": (changed_card(model_code_path="/x/segments.json"), "MLmodel names other code"),
    "files elsewhere": (changed_card(artifacts={"x": {"path": "artifacts/../../x"}}), "names files outside"),
    "files of the root": (changed_card(artifacts={"x": {"path": "/etc/passwd"}}), "names files outside"),
    "another flavor": (another_flavor, "MLmodel names the flavors python_function, sklearn"),
    "a requirement": (appended("requirements.txt", b"\nevil==1.0\n"), "requirements.txt asks for 'evil==1.0'"),
    "an address": (added("requirements.txt", b"mlflow @ https://x/y.whl"), "asks for 'mlflow @ https://x/y.whl'"),
    "an option": (added("requirements.txt", b"--index-url=https://x"), "asks for '--index-url=https://x'"),
    "a channel": (conda(channels=["https://x"]), "conda.yaml asks for 'https://x'"),
    "conda's requirement": (conda(dependencies=[{"pip": ["evil"]}]), "conda.yaml asks for 'evil'"),
}  # fmt: skip


def test_a_version_of_this_project_passes(version):
    result = check_contents(version, code=version_code())
    assert (result.name, result.passed) == ("contents", True), result.sentence
    assert result.sentence.endswith("this project's pyfunc.py, and otherwise only data.")


def test_files_that_mlflow_adds_pass(version):
    (version / "registered_model_meta").write_text("model_name: x\nmodel_version: '1'\n")
    (version / "uv.lock").write_text("version = 1\n")
    assert check_contents(version, code=version_code()).passed


@pytest.mark.parametrize(("change", "problem"), WRONG.values(), ids=WRONG)
def test_a_forbidden_file_is_named(version, change, problem):
    change(version)
    result = check_contents(version, code=version_code())
    assert not result.passed
    assert problem in result.sentence
    assert result.sentence.startswith("The version must hold this project's pyfunc.py and otherwise only data. ")


def test_at_most_three_files_are_named(version):
    for name in "abcde":
        (version / f"{name}.py").touch()
    sentence = check_contents(version, code=version_code()).sentence
    assert sentence.count(".py is of a kind") == 3
    assert sentence.endswith(", and 2 more.")


def test_the_code_of_an_earlier_release_passes(version, tmp_path, monkeypatch):
    (tmp_path / "newer.py").write_text("newer = True\n")
    result = check_contents(version, code="newer")
    assert not result.passed
    earlier = contents.sha256(version_code().encode()).hexdigest()
    monkeypatch.setattr(contents, "EARLIER", frozenset({earlier}))
    assert check_contents(version, code="newer").passed


@pytest.mark.parametrize("data", PICKLES)
def test_every_pickle_protocol_is_detected(data):
    assert is_pickle(data)


@pytest.mark.parametrize("data", [b"", b"{}", b"customer_id", PICKLES[4][:-1], b"ARROW1\0\0"])
def test_other_bytes_are_not_a_pickle(data):
    assert not is_pickle(data)


@pytest.mark.parametrize("number", ["9", "abc"])
def test_a_missing_version_cannot_be_copied(versions, number):
    with pytest.raises(RegistryError, match=f"must hold version {number} of {MODEL}"), registry.copied(MODEL, number):
        pass


def test_changes_of_a_copy_do_not_reach_the_store(versions):
    with registry.copied(MODEL, "2") as found:
        shutil.rmtree(found.files / "artifacts")
    assert registry.fetch(MODEL, version="2").files.is_dir()


def test_a_pickled_model_is_refused(store):
    class Pickled(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return model_input

    with mlflow.start_run(experiment_id=MlflowClient().get_experiment_by_name("versions").experiment_id):
        mlflow.pyfunc.log_model(
            name="model", python_model=Pickled(), registered_model_name="an-object", pip_requirements=["mlflow"]
        )
    with registry.copied("an-object", "1") as found:
        sentence = check_contents(found.files, code=version_code()).sentence
    assert "python_model.pkl is of a kind" in sentence
    assert "MLmodel has the loader" in sentence
