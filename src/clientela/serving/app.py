"""The production server, put together: settings, keys, and the registry whose champion it follows.

`clientela.serving.app:app` is what an ASGI server is given; it is built when it is asked for, so that a mere import
reads no settings.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clientela import registry
from clientela.errors import ClientelaError, RegistryError
from clientela.serving.asgi import App, Told
from clientela.serving.churn import open_churn
from clientela.serving.copies import Copies
from clientela.serving.keys import Keys
from clientela.serving.limits import Rate
from clientela.serving.live import Beside, Follower, Watcher, open_version
from clientela.serving.log import Log
from clientela.serving.metrics import Metrics
from clientela.serving.routes import Routes
from clientela.settings import load_churn_model, load_server, load_tracking


def __getattr__(name: str) -> Any:
    if name == "app":
        return make_app()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def make_app() -> App:
    """The application by the settings in the folder that CLIENTELA_CONF names; `conf` where it is not set.

    Raises:
        SystemExit: a setting is refused; the server ends with the message and no stack trace.
    """
    try:
        return build(Path(os.environ.get("CLIENTELA_CONF", "conf")))
    except ClientelaError as error:
        raise SystemExit(str(error)) from error


def build(conf: Path) -> App:
    """The application, which opens the champion when it is started.

    Raises:
        InvalidSettings: a setting is refused, for example that there are no keys.
    """
    settings, model = load_server(conf=conf), load_tracking(conf=conf).model
    keys = Keys((key.name, key.sha256) for key in settings.keys)
    metrics = Metrics(churn=settings.churn)
    log = Log(settings.log.requests, settings.log.sampled_share)
    follower = _follow(model, settings.poll_seconds, Told(metrics.segments, log), open_version)
    churn = None
    if metrics.churn:
        told = Told(metrics.churn, log, "churn_")
        churn = _follow(load_churn_model(conf=conf), settings.poll_seconds, told, open_churn)
    routes = Routes(
        keys,
        metrics,
        model=model,
        ids_a_request=settings.limits.ids_a_request,
        metrics_need_key=settings.metrics_need_key,
        docs_need_key=settings.docs_need_key,
        churn=(lambda: churn.serving) if churn else None,
    )
    return App(
        routes,
        Beside(follower, churn) if churn else follower,
        rate=Rate(settings.limits.requests_a_second, keys.owners),
        metrics=metrics,
        log=log,
        body_bytes=settings.limits.body_bytes,
        body_seconds=settings.limits.body_seconds,
    )


def _follow(model: str, poll_seconds: float, watcher: Watcher, open_files: Callable[[str, Path], Any]) -> Follower:
    return Follower(
        lambda: registry.read_aliases(model).get(registry.CHAMPION),
        Copies(_folder(), lambda number, folder: _fetch(model, number, folder)),
        poll_seconds=poll_seconds,
        watcher=watcher,
        open_files=open_files,
    )


def _folder() -> Path:
    """For the copies of this start; gone when the process ends that made it, and not when one of its workers does."""
    folder, maker = Path(tempfile.mkdtemp(prefix="clientela-versions-")), os.getpid()

    def remove() -> None:
        if os.getpid() == maker:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def _fetch(model: str, number: str, folder: Path) -> Path:
    found = registry.fetch(model, version=number, into=folder)
    if found is None:
        raise RegistryError(f"The registry must hold version {number} of {model}; it does not.")
    return found.files
