"""Opening a version in a child process: a signal costs only the child, and an error becomes one sentence."""

import pytest

from clientela.errors import RegistryError
from clientela.registry.child import VersionKilled, open_in_child

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
