import importlib.util

from click.testing import CliRunner

from clientela.cli import main
from clientela.data.sources.installed import sources_text

ALL = "Sources that can be read: files, s3://, gs://, az://, postgresql://, mysql://, sqlite://, duckdb://"


def test_all_sources_are_installed_for_development():
    assert sources_text() == ALL


def test_a_missing_driver_is_named_with_the_command(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *args: None if name == "connectorx" else find(name, *args)
    )
    assert sources_text().splitlines() == [
        ALL.replace("mysql://, ", ""),
        "Sources of mysql:// need a driver: pip install 'clientela[mysql]'",
    ]


def test_doctor_lists_the_sources(root, tmp_path, monkeypatch, fresh_store):
    with fresh_store(tmp_path):
        done = CliRunner().invoke(main, ["doctor", "--conf", str(root / "conf")])
    assert done.output.splitlines()[0] == ALL
