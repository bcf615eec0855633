import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from clientela.errors import RegistryError
from clientela.registry.child import VersionKilled
from clientela.serving.copies import KEPT, Copies


@pytest.fixture
def copies(tmp_path):
    fetched = []

    def fetch(number, folder):
        fetched.append(number)
        (folder / "artifacts").mkdir()
        (folder / "artifacts" / "file").write_text(number)
        os.utime(folder / "artifacts", (0, 0))
        return folder / "artifacts"

    made = Copies(tmp_path / "copies", fetch)
    made.fetched = fetched
    return made


def test_a_version_is_fetched_once_for_all_workers(copies):
    with ThreadPoolExecutor(4) as workers:
        folders = list(workers.map(copies.files, ["1"] * 8))
    assert {folder.joinpath("file").read_text() for folder in folders} == {"1"}
    assert copies.fetched == ["1"]


def test_the_most_recently_used_copies_are_kept(copies):
    numbers = [str(number) for number in range(KEPT + 2)]
    for number in numbers:
        copies.files(number)
        assert copies.files("0").joinpath("file").read_text() == "0"
    assert copies.fetched == numbers


def test_the_least_recently_used_copy_is_removed(copies):
    first = copies.files("0")
    for number in range(1, KEPT + 1):
        copies.files(str(number))
    assert not first.exists()


def test_a_forgotten_version_is_fetched_again(copies):
    copies.files("1")
    copies.forget("1")
    copies.files("1")
    assert copies.fetched == ["1", "1"]


def test_the_latest_copy_is_the_one_that_was_used_last(copies):
    assert copies.latest() is None
    for number in ("3", "1", "2", "1"):
        copies.files(number)
    assert copies.latest() == "1"


def test_a_failed_fetch_leaves_no_files(tmp_path):
    def fetch(number, folder):
        (folder / "half").write_text("half")
        raise RegistryError("gone")

    copies = Copies(tmp_path / "copies", fetch)
    with pytest.raises(RegistryError):
        copies.files("1")
    assert {file.name for file in (tmp_path / "copies").iterdir()} <= {"lock", "1.lock"}


def test_a_version_that_opens_slowly_keeps_no_worker_from_another(tmp_path):
    begun, go_on = threading.Event(), threading.Event()

    def fetch(number, folder):
        (folder / "artifacts").mkdir()
        (folder / "artifacts" / "number").write_text(number)
        return folder / "artifacts"

    def try_open(folder):
        if (folder / "number").read_text() == "2":
            begun.set()
            assert go_on.wait(10)

    copies = Copies(tmp_path / "copies", fetch, try_open=try_open)
    with ThreadPoolExecutor(1) as workers:
        slow = workers.submit(copies.files, "2")
        assert begun.wait(10)
        assert copies.files("1").joinpath("number").read_text() == "1"
        assert not slow.done()
        go_on.set()
        assert slow.result().joinpath("number").read_text() == "2"


def test_a_version_that_ended_the_child_process_is_not_tried_again(tmp_path):
    tried = []

    def fetch(number, folder):
        (folder / "artifacts").mkdir()
        return folder / "artifacts"

    def try_open(folder):
        tried.append(folder)
        raise VersionKilled("The version ended the process that tried to open it (SIGSEGV).")

    copies = Copies(tmp_path / "copies", fetch, try_open=try_open)
    for _ in range(3):
        with pytest.raises(VersionKilled, match="SIGSEGV"):
            copies.files("1")
        copies.forget("1")
    assert len(tried) == 1


def test_a_rewritten_version_replaces_all_copies(tmp_path):
    """Its files were rewritten because customers were forgotten: other copies still have them."""
    copies = Copies(tmp_path / "copies", lambda identity, folder: _filled(folder, identity))
    for identity in ("1", "2", "2@5f0c2a9e"):
        copies.files(identity)
    assert sorted(path.name for path in (tmp_path / "copies").iterdir() if path.is_dir()) == ["2@5f0c2a9e"]


def _filled(folder, identity):
    files = folder / "artifacts"
    files.mkdir()
    (files / "customers.arrow").write_text(identity)
    return files
