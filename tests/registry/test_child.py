"""Opening a version in a child process: a signal costs only the child, and an error becomes one sentence."""

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from clientela.errors import RegistryError
from clientela.registry.child import VersionKilled, open_in_child
from clientela.registry.forked import open_in_fork

from ..segmentation.versions import write

DEADLY = """
import os, signal

def read_version(folder): ...

def open_lookup(folder):
    os.kill(os.getpid(), signal.SIGSEGV)
"""


@pytest.mark.slow
def test_a_version_opens_and_answers(tmp_path):
    from clientela.segmentation.version import open_lookup

    write(tmp_path)
    found = open_in_child(open_lookup, tmp_path, ids=["12346", "nobody"])
    assert [answer["segment"] for answer in found["plain"]] == ["Champions", None]
    assert found["detailed"][0]["detail"]["segment_id"] == 1


def test_a_signal_ends_only_the_child(tmp_path, monkeypatch):
    (tmp_path / "deadly.py").write_text(DEADLY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    import deadly

    with pytest.raises(VersionKilled, match="SIGSEGV"):
        open_in_child(deadly.open_lookup, tmp_path)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_child_that_was_stopped_says_nothing_about_the_version(tmp_path, monkeypatch, name):
    (tmp_path / "stopped.py").write_text(
        DEADLY.replace("SIGSEGV", name).replace(
            "import os", "import os, signal\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\nimport os"
        )
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    import stopped

    with pytest.raises(RegistryError, match=f"was stopped \\({name}\\)") as raised:
        open_in_child(stopped.open_lookup, tmp_path)
    assert not isinstance(raised.value, VersionKilled)


def test_an_error_is_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "failing.py").write_text(
        DEADLY.replace("os.kill(os.getpid(), signal.SIGSEGV)", "raise ValueError('no')")
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    import failing

    with pytest.raises(RegistryError, match="The version must open; it does not. ValueError: no"):
        open_in_child(failing.open_lookup, tmp_path)


def children() -> set[str]:
    """The ids of this process's children."""
    return {pid for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()}


class TestFork:
    def test_a_version_opens(self, tmp_path):
        open_in_fork(lambda folder: folder.exists(), tmp_path)

    def test_a_version_of_a_product_opens(self, tmp_path):
        from clientela.segmentation.version import open_lookup

        write(tmp_path)
        done = threading.Event()
        thread = threading.Thread(target=done.wait)  # as a worker has threads
        thread.start()
        open_in_fork(open_lookup, tmp_path)
        done.set()
        thread.join()

    @pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGBUS, signal.SIGKILL, signal.SIGABRT])
    def test_a_signal_ends_only_the_fork(self, tmp_path, number):
        with pytest.raises(VersionKilled, match=number.name):
            open_in_fork(lambda _: os.kill(os.getpid(), number), tmp_path)

    def test_a_fork_that_was_stopped_says_nothing_about_the_version(self, tmp_path):
        with pytest.raises(RegistryError, match="was stopped \\(SIGTERM\\)") as raised:
            open_in_fork(lambda _: os.kill(os.getpid(), signal.SIGTERM), tmp_path)
        assert not isinstance(raised.value, VersionKilled)

    def test_an_error_is_one_sentence(self, tmp_path):
        with pytest.raises(RegistryError, match="The version must open; it does not. ZeroDivisionError: division by"):
            open_in_fork(lambda _: 1 / 0, tmp_path)

    def test_memory_is_limited(self, tmp_path):
        with pytest.raises(RegistryError, match="MemoryError"):
            open_in_fork(lambda _: np.ones(10**10), tmp_path)

    def test_time_is_limited(self, tmp_path):
        with pytest.raises(RegistryError, match="must open within 0.1 s"):
            open_in_fork(lambda _: time.sleep(60), tmp_path, seconds=0.1)

    def test_no_process_and_no_file_is_left(self, tmp_path):
        before, processes = len(list(Path("/dev/fd").iterdir())), children()
        for _ in range(3):
            open_in_fork(str, tmp_path)
        assert len(list(Path("/dev/fd").iterdir())) == before
        assert children() == processes
