"""`clientela key`: the server takes the key that was printed, and the file keeps all else."""

import multiprocessing
import re
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clientela.cli import main
from clientela.serving.keys import Keys
from clientela.settings import load_server
from clientela.settings.folder import copy_conf
from clientela.workflows.keys import new_key


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the user's own, in which the commands run."""
    copy_conf(tmp_path / "conf")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "conf"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["key", *words])


def test_the_server_takes_the_printed_key_and_knows_its_owner(conf):
    done = run("new", "crm")
    key = done.stdout.strip()
    assert (done.exit_code, len(key) >= 40) == (0, True)
    keys = Keys((found.name, found.sha256) for found in load_server(conf=conf).keys)
    assert keys.owner({b"x-api-key": key.encode()}) == "crm"
    assert key not in done.stderr
    assert "shown only once" in done.stderr


def test_only_the_line_of_the_key_is_new(conf):
    before = (conf / "server.yaml").read_text(encoding="utf-8")
    key = run("new", "crm").stdout.strip()
    entry = f"keys:\n  - {{name: crm, sha256: {sha256(key.encode()).hexdigest()}}}\n"
    assert (conf / "server.yaml").read_text(encoding="utf-8") == before.replace("keys: []\n", entry)


def test_two_keys_differ_and_are_listed(conf):
    made = {run("new", name).stdout for name in ("crm", "web")}
    assert len(made) == 2
    assert run("list").stdout == "crm\nweb\n"


def test_a_name_that_is_there_changes_nothing(conf):
    run("new", "crm")
    before = (conf / "server.yaml").read_bytes()
    done = run("new", "crm")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "Error: The name of a key must be new. Got 'crm', which is in the list already.\n"
    assert (conf / "server.yaml").read_bytes() == before


def test_a_removed_key_is_gone_and_the_last_one_leaves_the_file_as_it_was(conf):
    before = (conf / "server.yaml").read_text(encoding="utf-8")
    run("new", "crm")
    run("new", "web")
    assert "1 left: web." in run("remove", "crm").stdout
    assert "none is left, so the server does not start" in run("remove", "web").stdout
    assert (conf / "server.yaml").read_text(encoding="utf-8") == before


def test_a_file_that_is_not_yaml_is_named_and_kept(conf):
    broken = (conf / "server.yaml").read_text().replace("keys: []", "keys: []\n  - {name: crm, sha256: abc}")
    (conf / "server.yaml").write_text(broken)
    for words in (("new", "web"), ("list",), ("remove", "crm")):
        done = run(*words)
        assert (done.exit_code, done.stdout) == (2, "")
        line = broken[: broken.index("  - {name")].count("\n") + 1
        assert done.stderr == (
            f"Error: {conf}/server.yaml: is not YAML (line {line}, column 3: the line does not belong to the value "
            "before it; check its indentation and the brackets above).\n"
        )
    assert (conf / "server.yaml").read_text() == broken


def test_the_defaults_of_the_package_are_never_changed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for words in (("new", "crm"), ("remove", "crm")):
        done = run(*words)
        assert done.exit_code == 2
        assert re.search(
            r"must have settings of its own, in conf/.*The command clientela init writes them", done.stderr
        )


def test_a_file_that_cannot_be_written_is_one_sentence(conf, monkeypatch):
    before = (conf / "server.yaml").read_bytes()

    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied", str(target))

    monkeypatch.setattr(Path, "replace", refuse)
    done = run("new", "crm")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == (
        f"Error: The settings file must be writable; {conf}/server.yaml is not (Permission denied).\n"
    )
    assert (conf / "server.yaml").read_bytes() == before
    assert not list(conf.glob(".clientela-*"))


def test_keys_made_at_the_same_time_are_all_there(conf):
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=new_key, args=(f"key{i}",), kwargs={"conf": conf}) for i in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    assert [process.exitcode for process in processes] == [0] * 8
    assert {key.name for key in load_server(conf=conf).keys} == {f"key{i}" for i in range(8)}
