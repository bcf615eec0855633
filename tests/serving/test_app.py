"""The composition of the server: the settings, and the garbage collector of a server process."""

import asyncio
import gc
import shutil
from pathlib import Path

import pytest

from clientela.registry.versions import Registered
from clientela.serving import app as composition

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def conf(tmp_path, files, monkeypatch):
    """Settings of an open server without churn; the registry holds one version, the champion."""

    def fetch(model, *, version, into):
        return Registered(version, {}, Path(shutil.copytree(files["index"].parent, into / "artifacts")))

    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    monkeypatch.setattr("clientela.serving.app.champion_identity", lambda model: "1")
    monkeypatch.setattr("clientela.registry.fetch", fetch)
    folder = Path(shutil.copytree(ROOT / "conf", tmp_path / "conf"))
    settings = (folder / "server.yaml").read_text(encoding="utf-8")
    settings = settings.replace("open: false", "open: true").replace("churn: true", "churn: false")
    (folder / "server.yaml").write_text(settings, encoding="utf-8")
    return folder


@pytest.fixture
def frozen(monkeypatch):
    """Counts the calls that freeze the collector, without freezing it."""
    calls = []
    monkeypatch.setattr("clientela.serving.app.freeze_collector", lambda: calls.append("frozen"))
    return calls


def run_lifespan(app):
    """Start and stop the application as an ASGI server does; returns the messages that it sent."""
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message["type"])

    asyncio.run(app({"type": "lifespan"}, receive, send))
    return sent


def test_the_application_of_a_server_freezes_the_collector_once(conf, frozen, monkeypatch):
    monkeypatch.setenv("CLIENTELA_CONF", str(conf))
    app = composition.make_app()
    assert frozen == []
    assert run_lifespan(app) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert frozen == ["frozen"]


def test_an_application_that_is_built_in_another_process_does_not_freeze_it(conf, frozen):
    before = gc.get_freeze_count(), gc.get_threshold()
    run_lifespan(composition.build(conf))
    assert (gc.get_freeze_count(), gc.get_threshold()) == before
    assert frozen == []


def test_freezing_keeps_what_is_loaded_and_makes_collection_rare(monkeypatch):
    calls = []
    for name in ("collect", "freeze", "set_threshold"):
        monkeypatch.setattr(gc, name, lambda *args, name=name: calls.append((name, *args)))
    composition.freeze_collector()
    assert calls == [("collect",), ("freeze",), ("set_threshold", composition.OBJECTS_BETWEEN_COLLECTIONS)]


def test_settings_that_are_refused_end_the_server_with_a_message(conf, monkeypatch):
    monkeypatch.setenv("CLIENTELA_CONF", str(conf))
    (conf / "server.yaml").write_text("open: maybe", encoding="utf-8")
    with pytest.raises(SystemExit, match="open"):
        composition.make_app()
