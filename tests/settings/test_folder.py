from pathlib import Path

import pytest

from clientela.errors import InvalidInput
from clientela.settings import load_settings
from clientela.settings.folder import copy_conf, find_conf, shipped_files


def test_without_a_folder_the_defaults_are_used(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_conf() == root / "conf"


def test_the_current_folders_conf_comes_before_the_defaults(tmp_path, monkeypatch):
    copy_conf(tmp_path / "conf")
    monkeypatch.chdir(tmp_path)
    assert find_conf() == tmp_path / "conf"


def test_another_programs_conf_is_not_used(root, tmp_path, monkeypatch):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "nginx.conf").write_text("")
    monkeypatch.chdir(tmp_path)
    assert find_conf() == root / "conf"


def test_a_given_folder_comes_before_all(tmp_path, monkeypatch):
    copy_conf(tmp_path / "conf")
    copy_conf(tmp_path / "other")
    monkeypatch.chdir(tmp_path)
    assert find_conf(Path("other")) == tmp_path / "other"


def test_a_given_folder_must_be_a_settings_folder(tmp_path):
    with pytest.raises(InvalidInput, match=r"with tracking\.yaml and datasets in it\. Got '.*nowhere' instead"):
        find_conf(tmp_path / "nowhere")


def test_the_copy_holds_all_defaults(root, tmp_path):
    copy_conf(tmp_path / "conf")
    names = {file.relative_to(root / "conf") for file in (root / "conf").rglob("*.*") if file.suffix != ".pyc"}
    assert {file.relative_to(tmp_path / "conf") for file in (tmp_path / "conf").rglob("*.*")} == names
    assert load_settings("demo", conf=tmp_path / "conf") == load_settings("demo", conf=root / "conf")


def test_a_checkout_reads_its_own_files(root):
    assert shipped_files() == root
